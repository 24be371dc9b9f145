// The entry point: waits until Gradio has drawn the chat, then starts each part of the page.

import {startAnswers} from './answers.js';
import {startConversations} from './conversations.js';
import {startDocuments} from './documents.js';
import {byId} from './dom.js';
import {startPhrasing} from './phrasing.js';
import {startSource} from './source.js';

// The value of one Gradio component holds the state that the chat and the scripts share: the open
// conversation, the selected documents and the question being edited.
const pageState = await new Promise((resolve) => {
  const check = () => { if (window.footnote) resolve(window.footnote); };
  addEventListener('footnote', check);
  check();
});

const box = () => document.querySelector('#question textarea');
const narrow = matchMedia('(max-width: 1120px)');

const source = startSource();
startAnswers(pageState, source, box);
startPhrasing();
startDocuments(pageState, source);
startConversations(pageState);
startColourScheme();
startSidePanel();
startKeys();
byId('logout').hidden = !document.querySelector('meta[name="footnote-log-out"]');

function startColourScheme() {
  const button = byId('theme');
  const isDark = () => document.body.classList.contains('dark');
  const update = () => button.setAttribute('aria-pressed', String(isDark()));
  const saved = localStorage.getItem('footnote-colours');
  const wanted = saved || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  document.body.classList.toggle('dark', wanted === 'dark');
  button.addEventListener('click', () => {
    document.body.classList.toggle('dark');
    localStorage.setItem('footnote-colours', isDark() ? 'dark' : 'light');
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
