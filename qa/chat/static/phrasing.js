// The phrasing of an answer by a language model: requested once the answer is shown, and displayed
// sentence by sentence as each is verified. The server stores it with the answer.

import {NO_RESPONSE, announce, el, logIn, readLines} from './dom.js';

export function startPhrasing() {
  const known = new Map();
  // Gradio redraws the chat with each question, so a phrasing is put back into its place. Only the
  // last answer is phrased automatically.
  const insert = () => {
    for (const link of document.querySelectorAll(
      '#conversation :is(a[href*="#phrase="], a[href*="#phrased="])')) {
      const [, earlier, key] = link.getAttribute('href').match(/#phrase(d?)=(.*)/);
      if (!earlier && !known.has(key)) known.set(key, phrasing(key.split(':')[0]));
      (link.closest('p') || link).replaceWith(known.get(key) || '');
    }
  };
  new MutationObserver(insert).observe(document.body, {childList: true, subtree: true});
  insert();
}

function phrasing(turn) {
  const request = new AbortController();
  const sentences = el('p', {class: 'sentences'});
  const unsupported = el('ul', {});
  const summary = el('summary', {});
  const omitted = el('details', {hidden: true}, summary, unsupported);
  const note = el('p', {class: 'from', role: 'status'}, 'The language model is writing…');
  const stop = el('button', {type: 'button', class: 'link', onclick: () => request.abort()}, 'Stop');
  const box = el('div', {class: 'phrased', 'aria-busy': 'true'}, sentences, omitted, note, stop);

  const show = (found) => {
    if (found.note !== undefined) {
      note.textContent = found.note;
    } else if (found.supported) {
      note.textContent = '';
      sentences.append(sentences.childNodes.length ? ' ' : '', found.text);
      for (const {link, number} of found.citations) sentences.append(' ', el('a', {href: link}, number));
    } else {
      unsupported.append(el('li', {}, el('s', {}, found.text), ' ',
        el('span', {class: 'from'}, found.reason)));
      const count = unsupported.childElementCount;
      summary.textContent = count === 1 ?
        '1 sentence was left out because the documents do not support it' :
        `${count} sentences were left out because the documents do not support them`;
      omitted.hidden = false;
    }
  };
  read(turn, request.signal, show)
    .catch((error) => {
      note.textContent = request.signal.aborted ? 'The language model was stopped.' : error.message;
    })
    .finally(() => {
      stop.remove();
      box.removeAttribute('aria-busy');
      if (!note.textContent) note.remove();
      announce(note.textContent || 'The language model has finished.');
    });
  return box;
}

// Read the server's lines of JSON, and show each as it arrives.
async function read(turn, signal, show) {
  let answer;
  try {
    answer = await fetch(`footnote/turns/${turn}/phrase`, {method: 'POST', signal});
  } catch {
    throw new Error(NO_RESPONSE);
  }
  if (answer.status === 401) logIn();  // The session has ended.
  if (!answer.ok) {
    const found = await answer.json().catch(() => ({}));  // A proxy may answer with HTML.
    throw new Error(found.error || `The server returned an error (${answer.status}).`);
  }
  let ended = false;
  await readLines(answer, (found) => {
    ended = ended || found.note !== undefined;
    show(found);
  });
  if (!ended) throw new Error(NO_RESPONSE);
}
