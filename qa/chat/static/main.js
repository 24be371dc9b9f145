// The entry point: waits until Gradio has drawn the page, then starts each part of it.

import {startAnswers} from './answers.js';
import {startAsking} from './asking.js';
import {startConversations} from './conversations.js';
import {startDocuments} from './documents.js';
import {byId, showNotice} from './dom.js';
import {startEach} from './each.js';
import {startOverview} from './overview.js';
import {startPhrasing} from './phrasing.js';
import {startSource} from './source.js';
import {readStored, store} from './stored.js';

// The value of one Gradio component holds the state that the chat and the scripts share: the open
// conversation, the selected documents and the question being edited. Gradio draws its components
// in any order, so the scripts start once all that they use are there.
const PARTS = ['#top', '#side', '#panel', '#conversation', '#question textarea'];
const pageState = await new Promise((resolve) => {
  const check = () => {
    if (!window.footnote || !PARTS.every((part) => document.querySelector(part))) return;
    drawn.disconnect();
    resolve(window.footnote);
  };
  const drawn = new MutationObserver(check);
  drawn.observe(document, {childList: true, subtree: true});
  addEventListener('footnote', check);
  check();
});

const reportError = (error) =>
  showNotice(`Something on this page failed (${error.message}). Reload it; what you typed is kept.`);

// Gradio passes over the errors of what it calls.
const reporting = (call) => (...values) => {
  try {
    return call(...values);
  } catch (error) {
    reportError(error);
    return undefined;
  }
};
const {watch} = pageState;
pageState.watch = (name, call) => watch(name, reporting(call));

for (const kind of ['error', 'unhandledrejection']) {
  addEventListener(kind, ({error, reason}) => {
    const what = error || reason;
    // Gradio's own failed requests are reported where they are sent.
    if (/footnote\/static/.test(what?.stack)) reportError(what);
  });
}

const box = () => document.querySelector('#question textarea');
const narrow = matchMedia('(max-width: 1120px)');

const ask = (text) => pageState.trigger('example_select', {value: {text}});
const source = startSource(ask);
const asking = startAsking(pageState, box);
startAnswers(pageState, source, box, asking);
window.footnote.sending = reporting(window.footnote.sending);
startPhrasing();
startEach(pageState, source, box, asking);
startOverview(pageState, source, ask);
startDocuments(pageState, source);
startConversations(pageState, asking);
startColourScheme();
startSidePanel();
startKeys();
byId('logout').hidden = !document.querySelector('meta[name="footnote-log-out"]');

function startColourScheme() {
  const button = byId('theme');
  const isDark = () => document.body.classList.contains('dark');
  const update = () => button.setAttribute('aria-pressed', String(isDark()));
  const saved = readStored('footnote-colours');
  const wanted = saved || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  document.body.classList.toggle('dark', wanted === 'dark');
  button.addEventListener('click', () => {
    document.body.classList.toggle('dark');
    store('footnote-colours', isDark() ? 'dark' : 'light');
    update();
  });
  update();
}

// The side panel lies beside the conversation; on a narrow page it covers it.
function startSidePanel() {
  const side = byId('side');
  const open = (wanted) => {
    document.body.classList.toggle('side-open', wanted);
    byId('menu').setAttribute('aria-expanded', String(wanted));
    if (wanted && narrow.matches) side.querySelector('[aria-selected="true"]').focus();
  };
  open(!narrow.matches);
  narrow.addEventListener('change', () => open(!narrow.matches));
  byId('menu').addEventListener('click', () => open(!document.body.classList.contains('side-open')));
  document.addEventListener('footnote-close-side', () => { if (narrow.matches) open(false); });
  document.addEventListener('click', (event) => {
    const outside = !event.target.closest('#side, #menu');
    if (narrow.matches && outside && document.body.classList.contains('side-open')) open(false);
  });

  const tabs = [byId('tab-documents'), byId('tab-talks')];
  const choose = (tab) => {
    for (const other of tabs) {
      other.setAttribute('aria-selected', String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
      byId(other.getAttribute('aria-controls')).hidden = other !== tab;
    }
  };
  for (const tab of tabs) {
    tab.addEventListener('click', () => choose(tab));
    tab.addEventListener('keydown', (event) => {
      if (!['ArrowLeft', 'ArrowRight'].includes(event.key)) return;
      const other = tabs.find((found) => found !== tab);
      choose(other);
      other.focus();
    });
  }
}

// On paper nothing can be unfolded.
const folded = () => document.querySelectorAll('#conversation details:not([open])');
addEventListener('beforeprint', () => {
  for (const details of folded()) {
    details.open = true;
    addEventListener('afterprint', () => { details.open = false; }, {once: true});
  }
});

function startKeys() {
  document.addEventListener('keydown', (event) => {
    const typing = event.target.closest('input, textarea, [contenteditable]');
    if (event.key === '/' && !typing && box()) {
      event.preventDefault();
      box().focus();
    } else if (event.key === 'Escape') {
      const menu = document.querySelector('details.menu[open]');
      if (menu) {
        menu.open = false;
        menu.querySelector('summary').focus();
      } else if (narrow.matches && document.body.classList.contains('side-open')) {
        document.dispatchEvent(new Event('footnote-close-side'));
        byId('menu').focus();
      } else if (event.target === box() && byId('editing')) {
        byId('editing').querySelector('button').click();
      } else {
        source.close();
      }
    }
  });
  document.querySelector('.skip').addEventListener('click', (event) => {
    event.preventDefault();
    box()?.focus();
  });
  document.addEventListener('click', (event) => {
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
}
