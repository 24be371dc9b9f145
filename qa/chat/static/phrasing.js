// What a language model says to an answer: asked for once the answer stands, shown sentence by
// sentence as each is found to be said by the documents. The server keeps it with the answer.

import {announce, el} from './dom.js';

export function startPhrasing() {
  const known = new Map();
  // The chat is drawn anew with each question; what is being said is put back in its place. Only
  // the last answer is phrased by itself.
  const look = () => {
    for (const link of document.querySelectorAll(
      '#conversation :is(a[href*="#phrase="], a[href*="#phrased="])')) {
      const [, earlier, key] = link.getAttribute('href').match(/#phrase(d?)=(.*)/);
      if (!earlier && !known.has(key)) known.set(key, phrasing(key.split(':')[0]));
      (link.closest('p') || link).replaceWith(known.get(key) || '');
    }
  };
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true});
  look();
}

function phrasing(turn) {
  const wish = new AbortController();
  const said = el('p', {class: 'said'});
  const struck = el('ul', {});
  const summary = el('summary', {});
  const left = el('details', {hidden: true}, summary, struck);
  const note = el('p', {class: 'from', role: 'status'}, 'The language model is asked …');
  const stop = el('button', {type: 'button', class: 'link', onclick: () => wish.abort()}, 'Stop');
  const box = el('div', {class: 'phrased', 'aria-busy': 'true'}, said, left, note, stop);

  const show = (found) => {
    if (found.note !== undefined) {
      note.textContent = found.note;
    } else if (found.supported) {
      note.textContent = '';
      said.append(said.childNodes.length ? ' ' : '', found.text);
      for (const {link, number} of found.citations) said.append(' ', el('a', {href: link}, number));
    } else {
      struck.append(el('li', {}, el('s', {}, found.text), ' ',
        el('span', {class: 'from'}, found.reason)));
      const count = struck.childElementCount;
      summary.textContent = `${count === 1 ? '1 sentence was' : `${count} sentences were`} left out `
        + 'because the documents do not say so';
      left.hidden = false;
    }
  };
  read(turn, wish.signal, show)
    .catch((error) => {
      note.textContent = wish.signal.aborted ? 'The language model was stopped.' : error.message;
    })
    .finally(() => {
      stop.remove();
      box.removeAttribute('aria-busy');
      if (!note.textContent) note.remove();
      announce(note.textContent || 'The language model has answered.');
    });
  return box;
}

// Read the lines of JSON that the server sends, and show each as it comes.
async function read(turn, signal, show) {
  const gone = new Error('The server does not answer. Is Footnote still running?');
  let answer;
  try {
    answer = await fetch(`footnote/turns/${turn}/phrase`, {method: 'POST', signal});
  } catch {
    throw gone;
  }
  if (answer.status === 401) location.assign('login');  // Logged out meanwhile.
  if (!answer.ok) throw new Error((await answer.json()).error || gone.message);
  const stream = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let ended = false;
  for (;;) {
    const {done, value} = await stream.read();
    if (done) break;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const found = JSON.parse(line);
      ended = ended || found.note !== undefined;
      show(found);
    }
  }
  if (!ended) throw gone;
}
