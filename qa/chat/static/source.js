// The source panel: a document's text, or the pages of a PDF, with the cited words marked.

import {startAbout} from './about.js';
import {citation} from './answers.js';
import {announce, byId, callServer, day, el, formatCitation, named, parseCitation,
  query} from './dom.js';
import {startPages} from './pages.js';
import {startWidth} from './width.js';

// What is said of a text that no document has any more.
const KEPT = {
  removed: 'This document was removed; its kept text.',
  changed: 'This document has changed since; its text as it was cited.',
};

// `ask` asks a question of the documents.
export function startSource(ask) {
  const panel = byId('panel');
  const text = byId('panel-text');
  const pages = startPages(byId('panel-pages'), showPageNumber);
  const about = startAbout({ask, close, go: (place) => show(place, {find: true})});
  let shown = null;      // the marked range: {document, start, end, answer_start, answer_end, sha256}
  let steps = [];        // the citations of the same answer
  let opener = null;     // the element to focus after closing
  let ends = {from: 0, to: 0, length: 0};
  let places = {query: '', found: [], at: -1, more: false};
  let typing = false;    // whether the user is typing a page number

  async function open(link, all) {
    opener = link;
    steps = all;
    await showNamed(citation(link));
  }

  // Open a document at its beginning.
  async function openDocument(document, button) {
    opener = button;
    steps = [];
    await showNamed({document, start: 0, end: 0});
  }

  async function showNamed(cited) {
    setAddress(cited, panel.hidden);
    await show(cited);
    byId('panel-title').focus({preventScroll: true});
  }

  // The open source is part of the address: Back closes it, and the address can be sent.
  function setAddress(cited, isNew) {
    const place = new URL(location.href);
    if (cited) place.searchParams.set('cite', formatCitation(cited));
    else place.searchParams.delete('cite');
    if (isNew) history.pushState({closes: true}, '', place);
    else history.replaceState(history.state, '', place);
  }
  function openAddressed() {
    const named = new URLSearchParams(location.search).get('cite');
    if (!named) hide();
    else if (!shown || named !== formatCitation(shown)) show(parseCitation(named));
  }
  addEventListener('popstate', openAddressed);

  async function show(cited, {find = false} = {}) {
    if (!find) clearSearch();
    const changed = shown?.document !== cited.document;
    shown = cited;
    panel.hidden = false;
    document.body.classList.add('source-open');
    panel.setAttribute('aria-busy', 'true');
    try {
      const view = await callServer(`source?${query(cited)}`);
      if (shown !== cited) return;
      byId('panel-find').hidden = false;
      cited.document = view.id;  // Another document may have the cited text now.
      describe(view, cited);
      if (view.kept) about.hide();
      else about.show(cited);
      ends = {from: view.from, to: view.to, length: view.length};
      text.replaceChildren(...view.blocks.map(block));
      if (view.kept) text.prepend(el('p', {class: 'notice'}, KEPT[view.kept]));
      const paged = view.type === 'application/pdf' && !view.kept;
      byId('panel-views').hidden = !paged;
      if (!paged) setView('text');
      else if (changed) setView(find ? 'text' : 'pages');
      scrollToMark();
      if (paged) await pages.show(cited, view.page || 1).catch((error) => {
        if (shown !== cited) return;
        // The text of a PDF is available even if its file is not.
        byId('panel-views').hidden = true;
        setView('text');
        text.prepend(el('p', {class: 'notice'}, error.message));
        scrollToMark();
      });
    } catch (error) {
      if (shown !== cited) return;
      byId('panel-title').textContent = 'Source';
      byId('panel-where').textContent = '';
      byId('panel-views').hidden = byId('panel-find').hidden = byId('panel-page').hidden = true;
      about.hide();
      setView('text');
      text.replaceChildren(el('p', {class: 'notice'}, error.message));
    } finally {
      if (shown === cited) {
        panel.removeAttribute('aria-busy');
        showSteps();
      }
    }
  }

  function describe(view, cited) {
    byId('panel-title').textContent = view.title;
    const where = [view.name && named(view.name), view.author && el('bdi', {}, view.author), day(view.date)];
    byId('panel-where').replaceChildren(
      ...where.filter(Boolean).flatMap((part, number) => (number ? [' · ', part] : [part])));
    byId('panel-where').title = cited.end > cited.start ?
      `${view.path}, characters ${cited.start} to ${cited.end}` : view.path;
    byId('panel-page').hidden = !view.pages;
    byId('page-count').textContent = view.pages;
    byId('page-at').value = view.page || 1;
  }

  function setView(view) {
    byId('view-pages').setAttribute('aria-pressed', String(view === 'pages'));
    byId('view-text').setAttribute('aria-pressed', String(view === 'text'));
    byId('panel-pages').hidden = byId('panel-zoom').hidden = view !== 'pages';
    text.hidden = view !== 'text';
  }

  function scrollToMark() {
    const mark = text.querySelector('mark.answer') ?? text.querySelector('mark');
    if (!mark) { text.scrollTop = 0; return; }
    const top = mark.getBoundingClientRect().top - text.getBoundingClientRect().top;
    text.scrollTop += top - Math.max(16, text.clientHeight / 3);
  }

  // Load more text when the reader scrolls near either end.
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
      const found = await callServer(`source/blocks?${query({...cited, ...range})}`);
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
    byId('panel-steps').hidden = steps.length < 2 || number < 0;
    byId('step-at').textContent = `${number + 1} of ${steps.length}`;
    byId('step-back').disabled = number <= 0;
    byId('step-on').disabled = number >= steps.length - 1;
  }
  const step = (by) => {
    const next = steps[steps.indexOf(opener) + by];
    if (!next) return;
    opener = next;
    setAddress(citation(next), false);
    show(citation(next));
  };

  function clearSearch() {
    places = {query: '', found: [], at: -1, more: false};
    byId('find').value = '';
    byId('found').textContent = '';
    byId('find-back').hidden = byId('find-on').hidden = true;
  }

  async function find(by) {
    const wanted = byId('find').value.trim();
    if (!wanted || !shown) { clearSearch(); return; }
    const {document, sha256, start: from} = shown;
    if (wanted !== places.query) {
      try {
        const {found, more} = await callServer(`source/find?${query({document, sha256, query: wanted})}`);
        if (shown?.document !== document) return;
        const first = found.findIndex(([start]) => start >= from);
        places = {query: wanted, found, more, at: Math.max(0, first)};
      } catch (error) {
        byId('found').textContent = error.message;
        return;
      }
    } else if (places.found.length) {
      places.at = (places.at + by + places.found.length) % places.found.length;
    }
    const none = !places.found.length;
    byId('find-back').hidden = byId('find-on').hidden = places.found.length < 2;
    if (none) {
      byId('found').textContent = 'No matches';
      return;
    }
    const [start, end] = places.found[places.at];
    await show({document, sha256, start, end}, {find: true});
    byId('found').textContent = `${places.at + 1} of ${places.found.length}${places.more ? '+' : ''}`;
  }

  function close() {
    if (panel.hidden) return;
    hide();
    if (history.state?.closes) history.back();
    else setAddress(null, false);
  }

  function hide() {
    if (panel.hidden) return;
    panel.hidden = true;
    document.body.classList.remove('source-open');
    shown = null;
    const back = opener?.isConnected ? opener : document.querySelector('#question textarea');
    back?.focus();
  }

  // Show the number of the page in view, but do not overwrite what the user is typing.
  function showPageNumber(number) {
    if (!typing) byId('page-at').value = number;
  }

  // Go to a page, in the images or in the text.
  byId('panel-page').addEventListener('submit', async (event) => {
    event.preventDefault();
    const number = Math.min(Math.max(1, parseInt(byId('page-at').value, 10) || 1),
      Number(byId('page-count').textContent));
    typing = false;
    byId('page-at').value = number;
    if (!byId('panel-pages').hidden) { pages.go(number); return; }
    const mark = [...text.querySelectorAll('.page')].find((found) => found.dataset.page === String(number));
    if (mark) text.scrollTop += mark.getBoundingClientRect().top - text.getBoundingClientRect().top;
    else announce('That page of the text is not loaded yet. Open it under Pages.');
  });
  byId('page-at').addEventListener('input', () => { typing = true; });
  byId('page-at').addEventListener('blur', () => { typing = false; });
  text.addEventListener('scroll', () => {
    const top = text.getBoundingClientRect().top + text.clientHeight / 3;
    const last = [...text.querySelectorAll('.page')]
      .filter((mark) => mark.getBoundingClientRect().top <= top).pop();
    if (last) showPageNumber(last.dataset.page);
  });
  byId('panel-size').addEventListener('click', () => {
    const tall = panel.classList.toggle('tall');
    byId('panel-size').setAttribute('aria-pressed', String(tall));
  });
  byId('panel-close').addEventListener('click', close);
  byId('step-back').addEventListener('click', () => step(-1));
  byId('step-on').addEventListener('click', () => step(1));
  byId('zoom-out').addEventListener('click', () => pages.zoomBy(1 / 1.25));
  byId('zoom-in').addEventListener('click', () => pages.zoomBy(1.25));
  byId('view-text').addEventListener('click', () => { setView('text'); scrollToMark(); });
  byId('view-pages').addEventListener('click', () => { setView('pages'); pages.scroll(); });
  byId('panel-find').addEventListener('submit', (event) => {
    event.preventDefault();
    clearTimeout(typed);
    find(1);
  });
  byId('find-back').addEventListener('click', () => find(-1));
  let typed = null;
  byId('find').addEventListener('input', () => {
    clearTimeout(typed);
    if (byId('find').value) typed = setTimeout(() => find(1), 300);
    else clearSearch();
  });
  byId('find').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.shiftKey) {
      event.preventDefault();
      find(-1);
    } else if (event.key === 'Escape' && byId('find').value) {
      event.stopPropagation();
      clearSearch();
    }
  });
  startWidth();
  openAddressed();
  return {open, openDocument, close};
}

// Render a block of a document; qa/rendering/blocks.py describes its fields.
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
      return el('div', {class: 'table'}, el('table', {dir: 'auto'}, ...found.rows.map((row, number) =>
        el('tr', {}, ...row.map((cell) =>
          el(found.header && number === 0 ? 'th' : 'td', {}, ...cell.map(part)))))));
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

