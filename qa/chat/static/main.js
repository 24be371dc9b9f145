// The page's script: waits for the chat to stand, then starts each part of it.

import {startAnswers} from './answers.js';
import {startDocuments} from './documents.js';
import {at} from './dom.js';
import {startPhrasing} from './phrasing.js';
import {startSource} from './source.js';
import {startTalks} from './talks.js';

// What the chat and its script share is the value of one component of the page: which
// conversation is shown, which documents are asked, which question is being edited.
const desk = await new Promise((found) => {
  const look = () => { if (window.footnote) found(window.footnote); };
  addEventListener('footnote', look);
  look();
});

const box = () => document.querySelector('#question textarea');
const narrow = matchMedia('(max-width: 1120px)');

const source = startSource();
startAnswers(desk, source, box);
startPhrasing();
startDocuments(desk, source);
startTalks(desk);
startColours();
startSide();
startKeys();
at('logout').hidden = !document.querySelector('meta[name="footnote-log-out"]');

function startColours() {
  const button = at('theme');
  const shown = () => document.body.classList.contains('dark');
  const tell = () => button.setAttribute('aria-pressed', String(shown()));
  const kept = localStorage.getItem('footnote-colours');
  const wanted = kept || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
  document.body.classList.toggle('dark', wanted === 'dark');
  button.addEventListener('click', () => {
    document.body.classList.toggle('dark');
    localStorage.setItem('footnote-colours', shown() ? 'dark' : 'light');
    tell();
  });
  tell();
}

// The side lies beside the conversation, on a narrow page over it.
function startSide() {
  const side = at('side');
  const open = (wanted) => {
    document.body.classList.toggle('side-open', wanted);
    at('menu').setAttribute('aria-expanded', String(wanted));
    if (wanted && narrow.matches) side.querySelector('[aria-selected="true"]').focus();
  };
  open(!narrow.matches);
  narrow.addEventListener('change', () => open(!narrow.matches));
  at('menu').addEventListener('click', () => open(!document.body.classList.contains('side-open')));
  document.addEventListener('footnote-close-side', () => { if (narrow.matches) open(false); });
  document.addEventListener('click', (event) => {
    const outside = !event.target.closest('#side, #menu');
    if (narrow.matches && outside && document.body.classList.contains('side-open')) open(false);
  });

  const tabs = [at('tab-documents'), at('tab-talks')];
  const choose = (tab) => {
    for (const other of tabs) {
      other.setAttribute('aria-selected', String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
      at(other.getAttribute('aria-controls')).hidden = other !== tab;
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
        at('menu').focus();
      } else if (event.target === box() && at('editing')) {
        at('editing').querySelector('button').click();
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
