// About the open document: its date, length, language and headings, and questions that it answers.

import {byId, callServer, counted, day, el, query} from './dom.js';

// `ask` asks a question, `close` closes the source and `go` shows a place in the document.
export function startAbout({ask, close, go}) {
  const about = byId('panel-about');
  const body = about.querySelector('div');
  const narrow = matchMedia('(max-width: 860px)');
  let shown = '';   // the document
  let filled = '';  // the document whose particulars are there

  async function fill() {
    if (!about.open || filled === shown) return;
    const document = shown;
    filled = document;
    body.replaceChildren(el('p', {class: 'from'}, 'Loading…'));
    try {
      const found = await callServer(`about?${query({document})}`);
      if (document !== shown) return;
      body.replaceChildren(particulars(found), ...headings(found, document));
      const {questions} = await callServer(`about/questions?${query({document})}`);
      if (document !== shown || !questions.length) return;
      body.append(el('h3', {}, 'Questions it answers'), ...questions.map((text) =>
        el('button', {type: 'button', class: 'example', onclick: () => {
          if (narrow.matches) close();
          ask(text);
        }}, text)));
    } catch (error) {
      if (document === shown && !body.querySelector('dl')) {
        filled = '';
        body.replaceChildren(el('p', {class: 'notice'}, error.message));
      }
    }
  }

  const headings = (found, document) => (found.headings.length ? [
    el('h3', {}, 'Headings'),
    el('ul', {}, ...found.headings.map(({text, depth, start, end}) =>
      el('li', {style: `--depth: ${depth - 1}`}, el('button', {type: 'button', class: 'link', dir: 'auto',
        onclick: () => { about.open = false; go({document, start, end}); }}, text))),
    found.more ? el('li', {class: 'from'}, `and ${counted(found.more, 'more heading')}`) : null),
  ] : []);

  about.addEventListener('toggle', fill);

  // Show a document, folded unless it is opened at its beginning rather than at a citation.
  return {
    show({document, end}) {
      about.hidden = false;
      if (document !== shown) about.open = end === 0;
      shown = document;
      fill();
    },
    hide() {
      shown = '';
      about.hidden = true;
    },
  };
}

function particulars(found) {
  const length = [found.pages ? counted(found.pages, 'page') : '', counted(found.words, 'word')];
  const rows = {
    Date: day(found.date), Author: found.author && el('bdi', {}, found.author),
    Length: length.filter(Boolean).join(', '), Language: languageName(found.language),
  };
  return el('dl', {}, ...Object.entries(rows).filter(([, value]) => value)
    .flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]));
}

function languageName(code) {
  try {
    return new Intl.DisplayNames(['en'], {type: 'language'}).of(code);
  } catch {
    return code;
  }
}
