// The source panel: a document's text, or the pages of a PDF, with the cited words marked.

import {citation} from './answers.js';
import {announce, ask, at, day, el, nameOf, query} from './dom.js';
import {startPages} from './pages.js';

export function startSource() {
  const panel = at('panel');
  const text = at('panel-text');
  const pages = startPages(at('panel-pages'), passed);
  let shown = null;      // what is marked: {document, start, end, answer_start, answer_end}
  let steps = [];        // the citations of the answer that it belongs to
  let opener = null;     // what had the focus before
  let ends = {from: 0, to: 0, length: 0};
  let places = {query: '', found: [], at: -1, more: false};
  let typing = false;    // whether somebody types the number of a page

  async function open(link, all) {
    opener = link;
    steps = all;
    await show(citation(link));
    at('panel-title').focus({preventScroll: true});
  }

  // Open a document at its beginning.
  async function openDocument(document, button) {
    opener = button;
    steps = [];
    await show({document, start: 0, end: 0});
    at('panel-title').focus({preventScroll: true});
  }

  async function show(cited, {find = false} = {}) {
    if (!find) forget();
    const changed = shown?.document !== cited.document;
    shown = cited;
    panel.hidden = false;
    document.body.classList.add('source-open');
    panel.setAttribute('aria-busy', 'true');
    try {
      const view = await ask(`source?${query(cited)}`);
      if (shown !== cited) return;
      at('panel-find').hidden = false;
      describe(view, cited);
      ends = {from: view.from, to: view.to, length: view.length};
      text.replaceChildren(...view.blocks.map(block));
      const paged = view.type === 'application/pdf';
      at('panel-views').hidden = !paged;
      if (!paged) look('text');
      else if (changed) look(find ? 'text' : 'pages');
      scrollToMark();
      if (paged) await pages.show(cited, view.page || 1).catch((error) => {
        if (shown !== cited) return;
        // Without its file, a PDF still has its text.
        at('panel-views').hidden = true;
        look('text');
        text.prepend(el('p', {class: 'notice'}, error.message));
        scrollToMark();
      });
    } catch (error) {
      if (shown !== cited) return;
      at('panel-title').textContent = 'Source';
      at('panel-where').textContent = '';
      at('panel-views').hidden = at('panel-find').hidden = at('panel-page').hidden = true;
      look('text');
      text.replaceChildren(el('p', {class: 'notice'}, error.message));
    } finally {
      if (shown === cited) {
        panel.removeAttribute('aria-busy');
        showSteps();
      }
    }
  }

  function describe(view, cited) {
    at('panel-title').textContent = view.title;
    at('panel-where').textContent = [
      nameOf(view.id), view.author, day(view.date),
    ].filter(Boolean).join(' · ');
    at('panel-where').title = cited.end > cited.start ?
      `${view.id}, characters ${cited.start} to ${cited.end}` : view.id;
    at('panel-page').hidden = !view.pages;
    at('page-count').textContent = view.pages;
    at('page-at').value = view.page || 1;
  }

  function look(view) {
    at('view-pages').setAttribute('aria-pressed', String(view === 'pages'));
    at('view-text').setAttribute('aria-pressed', String(view === 'text'));
    at('panel-pages').hidden = view !== 'pages';
    text.hidden = view !== 'text';
  }

  function scrollToMark() {
    const mark = text.querySelector('mark');
    if (!mark) { text.scrollTop = 0; return; }
    const top = mark.getBoundingClientRect().top - text.getBoundingClientRect().top;
    text.scrollTop += top - Math.max(16, text.clientHeight / 3);
  }

  // More of the text before and after, when the reader comes near the end of what is shown.
  let loading = false;
  text.addEventListener('scroll', async () => {
    if (loading || !shown) return;
    const up = text.scrollTop < 400 && ends.from > 0;
    const down = text.scrollTop + text.clientHeight > text.scrollHeight - 400 && ends.to < ends.length;
    if (!up && !down) return;
    loading = true;
    const cited = shown;
    try {
      const range = up ? {to: ends.from} : {from: ends.to};
      const found = await ask(`source/blocks?${query({...cited, ...range})}`);
      if (shown !== cited) return;
      const height = text.scrollHeight;
      const more = found.blocks.map(block);
      if (up) {
        text.prepend(...more);
        text.scrollTop += text.scrollHeight - height;
        ends.from = found.from;
      } else {
        text.append(...more);
        ends.to = found.to;
      }
    } catch (error) {
      announce(error.message);
    } finally {
      loading = false;
    }
  });

  function showSteps() {
    const number = steps.findIndex((link) => link === opener);
    at('panel-steps').hidden = steps.length < 2 || number < 0;
    at('step-at').textContent = `${number + 1} of ${steps.length}`;
    at('step-back').disabled = number <= 0;
    at('step-on').disabled = number >= steps.length - 1;
  }
  const step = (by) => {
    const next = steps[steps.indexOf(opener) + by];
    if (!next) return;
    opener = next;
    show(citation(next));
  };

  function forget() {
    places = {query: '', found: [], at: -1, more: false};
    at('find').value = '';
    at('found').textContent = '';
    at('find-back').hidden = at('find-on').hidden = true;
  }

  async function find(by) {
    const wanted = at('find').value.trim();
    if (!wanted || !shown) { forget(); return; }
    const {document, start: from} = shown;
    if (wanted !== places.query) {
      try {
        const {found, more} = await ask(`source/find?${query({document, query: wanted})}`);
        if (shown?.document !== document) return;
        const first = found.findIndex(([start]) => start >= from);
        places = {query: wanted, found, more, at: Math.max(0, first)};
      } catch (error) {
        at('found').textContent = error.message;
        return;
      }
    } else if (places.found.length) {
      places.at = (places.at + by + places.found.length) % places.found.length;
    }
    const none = !places.found.length;
    at('find-back').hidden = at('find-on').hidden = places.found.length < 2;
    if (none) {
      at('found').textContent = 'not found';
      return;
    }
    const [start, end] = places.found[places.at];
    await show({document, start, end}, {find: true});
    at('found').textContent = `${places.at + 1} of ${places.found.length}${places.more ? '+' : ''}`;
  }

  function close() {
    if (panel.hidden) return;
    panel.hidden = true;
    document.body.classList.remove('source-open');
    shown = null;
    const back = opener?.isConnected ? opener : document.querySelector('#question textarea');
    back?.focus();
  }

  // A page has come into view; what somebody types stays.
  function passed(number) {
    if (!typing) at('page-at').value = number;
  }

  // Another page: of the pictures, or where it begins in the text.
  at('panel-page').addEventListener('submit', async (event) => {
    event.preventDefault();
    const number = Math.min(Math.max(1, parseInt(at('page-at').value, 10) || 1),
      Number(at('page-count').textContent));
    typing = false;
    at('page-at').value = number;
    if (!at('panel-pages').hidden) { pages.go(number); return; }
    const mark = [...text.querySelectorAll('.page')].find((found) => found.dataset.page === String(number));
    if (mark) text.scrollTop += mark.getBoundingClientRect().top - text.getBoundingClientRect().top;
    else announce('That page is further away; see it under Pages.');
  });
  at('page-at').addEventListener('input', () => { typing = true; });
  at('page-at').addEventListener('blur', () => { typing = false; });
  text.addEventListener('scroll', () => {
    const top = text.getBoundingClientRect().top + text.clientHeight / 3;
    const last = [...text.querySelectorAll('.page')]
      .filter((mark) => mark.getBoundingClientRect().top <= top).pop();
    if (last) passed(last.dataset.page);
  });
  at('panel-size').addEventListener('click', () => {
    const tall = panel.classList.toggle('tall');
    at('panel-size').setAttribute('aria-pressed', String(tall));
  });
  at('panel-close').addEventListener('click', close);
  at('step-back').addEventListener('click', () => step(-1));
  at('step-on').addEventListener('click', () => step(1));
  at('view-text').addEventListener('click', () => { look('text'); scrollToMark(); });
  at('view-pages').addEventListener('click', () => { look('pages'); pages.scroll(); });
  at('panel-find').addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(typed);
    find(1);
  });
  at('find-back').addEventListener('click', () => find(-1));
  let typed = null;
  at('find').addEventListener('input', () => {
    clearTimeout(typed);
    if (at('find').value) typed = setTimeout(() => find(1), 300);
    else forget();
  });
  at('find').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.shiftKey) {
      event.preventDefault();
      find(-1);
    } else if (event.key === 'Escape' && at('find').value) {
      event.stopPropagation();
      forget();
    }
  });
  return {open, openDocument, close};
}

// A block of a document as an element; see ui/source.py for what it holds.
function block(found) {
  switch (found.kind) {
    case 'page':
      return el('p', {class: 'page', role: 'separator', 'data-page': found.number,
        'aria-label': `Page ${found.number}`},
        `Page ${found.number}`);
    case 'rule':
      return el('hr');
    case 'heading':
      return el(`h${Math.min(6, found.level + 2)}`, {class: `level-${found.level}`, dir: 'auto'},
        ...found.parts.map(part));
    case 'item':
      return el('p', {class: found.lines ? 'item lines' : 'item', dir: 'auto', style: `--depth: ${found.depth || 0}`},
        el('span', {class: 'bullet'}, found.number || '•'),
        el('span', {}, ...found.parts.map(part)));
    case 'code':
      return el('pre', {}, el('code', {}, ...found.parts.map(part)));
    case 'table':
      return el('div', {class: 'table'}, el('table', {}, ...found.rows.map((row, number) =>
        el('tr', {}, ...row.map((cell) =>
          el(found.header && number === 0 ? 'th' : 'td', {dir: 'auto'}, ...cell.map(part)))))));
    default:
      return el('p', {class: found.lines ? 'lines' : null, dir: 'auto'}, ...found.parts.map(part));
  }
}

function part(found) {
  const styles = {strong: 'strong', em: 'em', code: 'code'};
  let node = found.text;
  if (styles[found.style]) node = el(styles[found.style], {}, node);
  if (found.mark) node = el('mark', {class: found.mark}, node);
  return node;
}

