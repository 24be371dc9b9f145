// What the chat's messages can do: citations that show their quotation and open their source, and
// the buttons under an answer and beside a question.

import {announce, ask, at, counted, el, icon, iconButton, query, setText} from './dom.js';

const CITE = 'a[href*="#cite="]';

// A citation out of its link, "#cite=document:start:end:answer start:answer end".
export function citation(link) {
  const [document, ...numbers] = link.getAttribute('href').split('#cite=')[1].split(':');
  const [start, end, answer_start, answer_end] = numbers.map(Number);
  return {document: decodeURIComponent(document), start, end, answer_start, answer_end};
}

export function startAnswers(desk, source, box) {
  startCitations(source);
  startPending(desk, box);

  // The chat's sanitiser drops names for screen readers and knows no buttons; they are made here,
  // within what it shows, so that they go when that changes.
  const dress = () => {
    for (const link of document.querySelectorAll(`${CITE}:not([aria-label])`)) {
      const number = /^\d+$/.test(link.textContent);
      link.classList.toggle('mark-number', number);
      const name = number ? 'Show the source of citation' : 'Show in its source:';
      link.setAttribute('aria-label', `${name} ${link.textContent}`);
      link.removeAttribute('target');
    }
    for (const link of document.querySelectorAll('#conversation a[href*="#turn="]')) {
      const [turn, vote] = link.getAttribute('href').split('#turn=')[1].split(':');
      link.replaceWith(tools(desk, turn, Number(vote)));
    }
    for (const link of document.querySelectorAll('#conversation a[href*="#edit="]')) {
      const turn = link.getAttribute('href').split('#edit=')[1];
      link.replaceWith(iconButton('edit', 'Edit this question', (event) => {
        const asked = event.currentTarget.parentElement.querySelector('.asked').textContent;
        edit(desk, box(), turn, asked, false);
      }));
    }
    for (const link of document.querySelectorAll('#conversation a[href*="#search="]')) {
      const turn = link.getAttribute('href').split('#search=')[1];
      link.replaceWith(iconButton('edit', 'Change what is searched for', (event) => {
        const searched = event.currentTarget.closest('.searched').querySelector('span').textContent;
        edit(desk, box(), turn, searched, true);
      }));
    }
    document.querySelector('#conversation .examples')?.removeAttribute('role');
    document.querySelector('#question button.submit-button')?.setAttribute('aria-label', 'Send');
    box()?.setAttribute('aria-label', 'Question');
  };
  new MutationObserver(dress).observe(document.body, {childList: true, subtree: true});
  dress();
}

function tools(desk, turn, vote) {
  const say = (button, text) => {
    announce(text);
    button.classList.add('told');
    setTimeout(() => button.classList.remove('told'), 1500);
  };
  const copy = iconButton('copy', 'Copy with sources', async () => {
    try {
      const text = await ask(`turns/${turn}.txt`);
      await navigator.clipboard.writeText(text);
      copy.replaceChildren(icon('done'));
      setTimeout(() => copy.replaceChildren(icon('copy')), 1500);
      say(copy, 'Copied, with its sources.');
    } catch (error) {
      announce(error.message);
    }
  });
  const again = iconButton('again', 'Answer again', () => desk.trigger('retry', {turn}));
  const thumbs = [['up', 'Good answer', 1], ['down', 'Bad answer', -1]].map(([name, label, value]) => {
    const button = iconButton(name, label, async () => {
      try {
        const now = vote === value ? 0 : value;
        ({vote} = await ask(`turns/${turn}/vote`, {method: 'POST', body: {value: now}}));
        show();
        say(button, vote ? 'Thank you; kept on this machine.' : 'Taken back.');
        bar.querySelector('form')?.remove();
        if (vote < 0) bar.append(noteForm(turn));
      } catch (error) {
        announce(error.message);
      }
    });
    return [button, value];
  });
  const show = () => thumbs.forEach(([button, value]) =>
    button.setAttribute('aria-pressed', String(vote === value)));
  show();
  const bar = el('div', {class: 'tools', role: 'group', 'aria-label': 'This answer'},
    copy, again, ...thumbs.map(([button]) => button));
  return bar;
}

// What was wrong with an answer, in a person's own words.
function noteForm(turn) {
  const input = el('input', {type: 'text', maxlength: 2000, placeholder: 'What was wrong?',
    'aria-label': 'What was wrong with this answer?'});
  const form = el('form', {onsubmit: async (event) => {
    event.preventDefault();
    try {
      await ask(`turns/${turn}/vote`, {method: 'POST', body: {value: -1, note: input.value}});
      form.replaceChildren(el('span', {class: 'from'}, 'Kept on this machine.'));
    } catch (error) {
      announce(error.message);
    }
  }}, input, el('button', {type: 'submit', class: 'link'}, 'Keep'));
  return form;
}

// An earlier question comes back into the box; sending it replaces that question and what followed.
// Put the question of a turn into the box; `alone`, it is understood without what was said before.
function edit(desk, box, turn, question, alone) {
  const done = () => {
    at('editing')?.remove();
    desk.props.value = {...desk.props.value, editing: '', alone: false};
  };
  at('editing')?.remove();
  const note = el('div', {id: 'editing'},
    el('span', {}, 'Sending replaces the earlier question, what was thought of its answer, and all that follows.'),
    el('button', {type: 'button', class: 'link', onclick: () => { done(); setText(box, ''); box.focus(); }},
      'Cancel'));
  document.querySelector('#question').parentElement.before(note);
  desk.props.value = {...desk.props.value, editing: turn, alone};
  setText(box, question);
  box.focus();
}

// While an answer is looked for, that is said, on the page and to a screen reader; and when it does
// not come, why, with the question in the box again.
function startPending(desk, box) {
  let timer = null;
  let looking = null;
  let told = 0;
  let sent = '';
  const stop = () => {
    clearTimeout(timer);
    clearInterval(looking);
    document.body.classList.remove('asking');
    delete at('talk').dataset.before;
  };
  const fail = (sentence) => {
    stop();
    if (sent && !box().value) setText(box(), sent);
    // The page may be loaded again when the server is back; the question is then still there.
    if (sent) sessionStorage.setItem('footnote-unsent', sent);
    sent = '';
    at('failed')?.remove();
    document.querySelector('#question').parentElement.before(
      el('div', {id: 'failed', role: 'alert'}, sentence));
  };
  const look = async () => {
    const {before} = await ask('waiting').catch(() => ({before: 0}));
    if (before && document.body.classList.contains('asking')) {
      at('talk').dataset.before = `${counted(before, 'question')} before yours`;
    } else {
      delete at('talk').dataset.before;
    }
  };
  // Called by the chat in the moment in which it sends a question.
  window.footnote.sending = (question) => {
    stop();
    sent = question.trim();
    at('failed')?.remove();
    if (sent) setTimeout(() => setText(box(), ''), 0);
    timer = setTimeout(() => {
      document.body.classList.add('asking');
      announce('Reading the documents.');
      looking = setInterval(look, 1000);
    }, 250);
  };
  const unsent = sessionStorage.getItem('footnote-unsent');
  if (unsent && !box().value) setText(box(), unsent);
  desk.watch('value', () => {
    stop();
    const {busy, asked, moment} = desk.props.value;
    if (busy && moment !== told) {
      told = moment;
      sent = sent || asked;
      fail(busy);
      return;
    }
    if (sent) sessionStorage.removeItem('footnote-unsent');
    sent = '';
    if (!desk.props.value.editing) at('editing')?.remove();
  });
  const fetched = window.fetch;
  window.fetch = async (...request) => {
    const asked = String(request[0]?.url || request[0]).includes('/gradio_api/run/');
    try {
      const answer = await fetched(...request);
      if (asked && answer.status === 401) location.assign('login');  // Logged out meanwhile.
      else if (asked && !answer.ok) fail('This could not be answered. Try again.');
      return answer;
    } catch (error) {
      if (asked) fail('The server does not answer. Is Footnote still running?');
      throw error;
    }
  };
}

// A citation shows its quotation on hover and focus, and opens its source on a click.
function startCitations(source) {
  const card = at('card');
  const known = new Map();
  let over = null;
  let timer = null;

  const hide = () => {
    clearTimeout(timer);
    card.hidden = true;
    over?.removeAttribute('aria-describedby');
    over = null;
  };
  const show = async (link) => {
    const cited = citation(link);
    const key = link.getAttribute('href');
    over = link;
    if (!known.has(key)) {
      if (known.size > 200) known.clear();
      known.set(key, ask(`quote?${query(cited)}`).catch((error) => ({error: error.message})));
    }
    const found = await known.get(key);
    if (over !== link) return;
    if (found.error) known.delete(key);
    card.replaceChildren(...(found.error ? [el('p', {}, found.error)] : [
      el('p', {class: 'quoted'}, found.before, el('mark', {}, found.quote[0],
        el('b', {}, found.quote[1]), found.quote[2]), found.after),
      el('p', {class: 'from'}, found.title + (found.page ? `, page ${found.page}` : '')),
    ]));
    card.hidden = false;
    link.setAttribute('aria-describedby', 'card');
    const box = link.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left - 24), innerWidth - card.offsetWidth - 8);
    const above = box.top - card.offsetHeight - 8;
    card.style.left = `${left}px`;
    card.style.top = `${above > 8 ? above : box.bottom + 8}px`;
  };
  const later = (link, wait) => {
    clearTimeout(timer);
    timer = setTimeout(() => show(link), wait);
  };

  const cited = (event) => event.target.closest && event.target.closest(CITE);
  document.addEventListener('mouseover', (event) => {
    const link = cited(event);
    if (link && link !== over) later(link, 120);
    else if (!link && over && !event.target.closest('#card')) hide();
    else if (!link) clearTimeout(timer);
  });
  document.addEventListener('focusin', (event) => {
    const link = cited(event);
    if (link && link.matches(':focus-visible')) later(link, 0);
    else if (over && !link) hide();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !card.hidden) {
      hide();
      event.stopImmediatePropagation();
    }
  }, true);
  document.addEventListener('scroll', hide, true);
  document.addEventListener('click', (event) => {
    const link = cited(event);
    if (!link) return;
    // The page has a <base>, against which the browser would follow the link.
    event.preventDefault();
    event.stopPropagation();
    hide();
    const answer = link.closest('.answer') || link.parentElement;
    source.open(link, [...answer.querySelectorAll(CITE)]);
  }, true);
}
