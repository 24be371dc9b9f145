// Interactive parts of the messages: citations that show their quotation and open their source, and
// the buttons under an answer and beside a question.

import {addCutout} from './cutout.js';
import {announce, byId, callServer, copyText, el, icon, iconButton, parseCitation, query,
  showNotice} from './dom.js';
import {draftKey, readDraft, storeDraft} from './drafts.js';

const CITE = 'a[href*="#cite="]';

// Parse a citation from its link, "#cite=" and what `parseCitation` reads.
export const citation = (link) => parseCitation(link.getAttribute('href').split('#cite=')[1]);

// `asking` is what `startAsking` returned.
export function startAnswers(pageState, source, box, asking) {
  keepLanguage();
  startCitations(source);
  const edit = (...what) => startEdit(pageState, box, asking.followDraft, ...what);

  // The chat's sanitiser removes aria labels and buttons, so both are added here. They are placed
  // inside the messages, so that they disappear with them.
  const decorate = () => {
    for (const link of document.querySelectorAll(`${CITE}:not([aria-label])`)) {
      const number = /^\d+$/.test(link.textContent);
      link.classList.toggle('mark-number', number);
      const name = number ? 'Show the source of citation' : 'Show in the source:';
      link.setAttribute('aria-label', `${name} ${link.textContent}`);
      link.removeAttribute('target');
    }
    for (const quotation of document.querySelectorAll('#conversation blockquote:not([data-seen])')) {
      quotation.dataset.seen = '';
      const link = quotation.querySelector(CITE);
      if (link) addCutout(quotation, link, citation(link));
    }
    for (const link of document.querySelectorAll('#conversation a[href*="#turn="]')) {
      const [turn, vote] = link.getAttribute('href').split('#turn=')[1].split(':');
      link.replaceWith(toolbar(pageState, asking, turn, Number(vote)));
    }
    for (const link of document.querySelectorAll('#conversation a[href*="#edit="]')) {
      const turn = link.getAttribute('href').split('#edit=')[1];
      link.replaceWith(iconButton('edit', 'Edit this question', (event) => {
        const question = event.currentTarget.parentElement.querySelector('.asked').textContent;
        edit(turn, question, false);
      }));
    }
    for (const link of document.querySelectorAll('#conversation a[href*="#search="]')) {
      const turn = link.getAttribute('href').split('#search=')[1];
      link.replaceWith(iconButton('edit', 'Edit the search text', (event) => {
        const searched = event.currentTarget.closest('.searched').querySelector('span').textContent;
        edit(turn, searched, true);
      }));
    }
    for (const link of document.querySelectorAll('#conversation a[href*="#all="]')) {
      const question = decodeURIComponent(link.getAttribute('href').split('#all=')[1]);
      link.replaceWith(el('button', {type: 'button', class: 'example', 'data-question': question,
        onclick: () => {
          byId('choose-all').click();
          pageState.trigger('example_select', {value: {text: question}});
        }}, 'Ask all documents'));
    }
    for (const asked of document.querySelectorAll('#conversation .asked:not([role])')) {
      asked.setAttribute('role', 'heading');
      asked.setAttribute('aria-level', '2');
    }
    document.querySelector('#conversation .examples')?.removeAttribute('role');
    document.querySelector('#question button.submit-button')?.setAttribute('aria-label', 'Send');
    box()?.setAttribute('aria-label', 'Question');
  };
  new MutationObserver(decorate).observe(document.body, {childList: true, subtree: true});
  decorate();
}

// Gradio says that the page is in the language of the browser; screen readers would read it as such.
function keepLanguage() {
  const page = document.documentElement;
  const set = () => { if (page.lang !== 'en') page.lang = 'en'; };
  new MutationObserver(set).observe(page, {attributeFilter: ['lang']});
  set();
}

function toolbar(pageState, asking, turn, vote) {
  const confirmAction = (button, text) => {
    announce(text);
    button.classList.add('confirmed');
    setTimeout(() => button.classList.remove('confirmed'), 1500);
  };
  const copy = iconButton('copy', 'Copy with sources', async () => {
    try {
      const text = await callServer(`turns/${turn}.txt`);
      await copyText(text);
      copy.replaceChildren(icon('done'));
      setTimeout(() => copy.replaceChildren(icon('copy')), 1500);
      confirmAction(copy, 'Copied with sources.');
    } catch (error) {
      showNotice(error.message);
    }
  });
  const again = iconButton('again', 'Answer again', () => {
    if (!asking.isUnderWay()) pageState.trigger('retry', {turn});
  });
  const thumbs = [['up', 'Good answer', 1], ['down', 'Bad answer', -1]].map(([name, label, value]) => {
    const button = iconButton(name, label, async () => {
      try {
        const now = vote === value ? 0 : value;
        ({vote} = await callServer(`turns/${turn}/vote`, {method: 'POST', body: {value: now}}));
        show();
        confirmAction(button, vote ? 'Thank you. Your rating was saved.' : 'Your rating was removed.');
        bar.querySelector('form')?.remove();
        if (vote < 0) bar.append(noteForm(turn));
      } catch (error) {
        showNotice(error.message);
      }
    });
    return [button, value];
  });
  const show = () => thumbs.forEach(([button, value]) =>
    button.setAttribute('aria-pressed', String(vote === value)));
  show();
  const bar = el('div', {class: 'tools', role: 'group', 'aria-label': 'Actions for this answer'},
    copy, again, ...thumbs.map(([button]) => button));
  return bar;
}

// A form for a comment on a bad answer.
function noteForm(turn) {
  const input = el('input', {type: 'text', maxlength: 2000, placeholder: 'What was wrong?',
    'aria-label': 'What was wrong with this answer?'});
  const form = el('form', {onsubmit: async (event) => {
    event.preventDefault();
    try {
      await callServer(`turns/${turn}/vote`, {method: 'POST', body: {value: -1, note: input.value}});
      form.replaceChildren(el('span', {class: 'from'}, 'Thank you. Your comment was saved.'));
    } catch (error) {
      showNotice(error.message);
    }
  }}, input, el('button', {type: 'submit', class: 'link'}, 'Save'));
  return form;
}

// Put the question of a turn into the box, or what was made of it earlier. Sending it replaces that
// turn and all later ones. With `alone`, it is answered without the conversation before it.
function startEdit(pageState, box, followDraft, turn, question, alone) {
  const change = (state) => {
    pageState.props.value = {...pageState.props.value, ...state};
  };
  const cancel = () => {
    byId('editing')?.remove();
    storeDraft(draftKey(pageState.props.value), '');
    change({editing: '', alone: false});
    followDraft(null);
    box().focus();
  };
  byId('editing')?.remove();
  const note = el('div', {id: 'editing'},
    el('span', {}, 'Sending replaces the earlier question, its answer and rating, and everything after it.'),
    el('button', {type: 'button', class: 'link', onclick: cancel}, 'Cancel'));
  document.querySelector('#question').parentElement.before(note);
  change({editing: turn, alone});
  const key = draftKey(pageState.props.value);
  if (!readDraft(key)) storeDraft(key, question);
  followDraft(null);
  box().focus();
}

// A citation shows its quotation on hover and focus, and opens its source on a click.
function startCitations(source) {
  const card = byId('card');
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
      known.set(key, callServer(`quote?${query(cited)}`).catch((error) => ({error: error.message})));
    }
    const found = await known.get(key);
    if (over !== link) return;
    if (found.error) known.delete(key);
    card.replaceChildren(...(found.error ? [el('p', {}, found.error)] : [
      el('p', {class: 'quoted', dir: 'auto'}, found.before, el('mark', {}, found.quote[0],
        el('b', {}, found.quote[1]), found.quote[2]), found.after),
      el('p', {class: 'from'}, el('bdi', {}, found.title), found.page ? `, page ${found.page}` : null),
    ]));
    card.hidden = false;
    link.setAttribute('aria-describedby', 'card');
    const box = link.getBoundingClientRect();
    const left = Math.min(Math.max(8, box.left - 24), innerWidth - card.offsetWidth - 8);
    const above = box.top - card.offsetHeight - 8;
    card.style.left = `${left}px`;
    card.style.top = `${above > 8 ? above : box.bottom + 8}px`;
  };
  const showLater = (link, wait) => {
    clearTimeout(timer);
    timer = setTimeout(() => show(link), wait);
  };

  const cited = (event) => event.target.closest && event.target.closest(CITE);
  document.addEventListener('mouseover', (event) => {
    const link = cited(event);
    if (link && link !== over) showLater(link, 120);
    else if (!link && over && !event.target.closest('#card')) hide();
    else if (!link) clearTimeout(timer);
  });
  document.addEventListener('focusin', (event) => {
    const link = cited(event);
    if (link && link.matches(':focus-visible')) showLater(link, 0);
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
    // The browser would resolve the link against the page's <base>.
    event.preventDefault();
    event.stopPropagation();
    hide();
    const answer = link.closest('.answer') || link.parentElement;
    source.open(link, [...answer.querySelectorAll(CITE)].filter((other) => !other.closest('.only')));
  }, true);
}
