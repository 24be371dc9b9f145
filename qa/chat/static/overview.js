// The start page: what the collection holds, counted, with questions that each part of it answers.

import {byId, callServer, counted, day, el} from './dom.js';

const PATIENCE = 2000;  // Milliseconds between two looks for questions that are being made.

export function startOverview(pageState, source, ask) {
  let found = null;  // what the server counted
  let timer = null;

  async function fill() {
    clearTimeout(timer);
    const before = found;
    try {
      found = await callServer('overview');
    } catch {
      return;  // The list of documents shows the error.
    }
    const wasMaking = before?.making;
    if (JSON.stringify({...before, making: found.making}) !== JSON.stringify(found)) {
      byId('start')?.remove();
    }
    draw();
    if (found.making) timer = setTimeout(fill, PATIENCE);
    // The other examples depend on what the groups have.
    else if (wasMaking && byId('start') && !byId('pending')) pageState.trigger('apply', {});
  }

  // Gradio removes the start page with the first question, and draws it again for a new conversation.
  function draw() {
    const place = document.querySelector('#conversation .placeholder-content');
    if (place && found?.documents && !byId('start')) place.firstElementChild.after(view(found, source, ask));
  }
  new MutationObserver(draw).observe(byId('conversation'), {childList: true, subtree: true});
  document.addEventListener('footnote-documents', fill);
}

function view(found, source, ask) {
  const kinds = found.kinds.slice(0, 4).map(([kind, count]) => `${count.toLocaleString('en')} ${kindName(kind)}`);
  const others = found.kinds.slice(4).reduce((sum, [, count]) => sum + count, 0);
  if (others) kinds.push(`${others.toLocaleString('en')} of other kinds`);
  const newest = found.newest.map(({id, title, date}) => el('li', {},
    el('button', {type: 'button', class: 'link', onclick: (event) => source.openDocument(id, event.currentTarget)},
      el('bdi', {}, title)), ` ${day(date)}`));
  const groups = found.groups.filter(({questions}) => questions.length).map(({name, count, questions}) => el('section', {},
    el('h3', {}, el('bdi', {}, groupName(name)), el('span', {class: 'from'}, counted(count, 'document'))),
    ...questions.map((text) => el('button', {type: 'button', class: 'example', onclick: () => ask(text)}, text))));
  return el('div', {id: 'start'},
    el('p', {class: 'counts'}, `${counted(found.documents, 'document')}: ${kinds.join(', ')}`),
    el('div', {class: 'glance'},
      found.years.length ? bars(found.years, found.undated) : null,
      newest.length ? el('div', {class: 'newest'}, el('h3', {}, 'Newest'), el('ul', {}, ...newest)) : null),
    found.skipped ? el('details', {class: 'unread'},
      el('summary', {}, `${counted(found.skipped, 'file')} could not be read`),
      el('ul', {}, ...found.reasons.map(([reason, count]) =>
        el('li', {}, `${counted(count, 'file')}: ${reason}`)))) : null,
    groups.length ? el('div', {class: 'groups'}, ...groups) : null);
}

const kindName = (kind) => (kind ? kind.toUpperCase() : 'without suffix');
const groupName = (name) => {
  if (name.endsWith('/')) return name.slice(0, -1);
  return name ? kindName(name) : 'Others';
};

// Bars of dates: how many documents each year, or each span of years, has.
function bars(years, undated) {
  const highest = Math.max(...years.map(([, count]) => count));
  const last = years[years.length - 1][0];
  const named = years.filter(([, count]) => count).map(([label, count]) => `${label}: ${count}`);
  const rest = undated ? `, ${undated.toLocaleString('en')} without a date` : '';
  return el('figure', {class: 'years'},
    el('div', {role: 'img', 'aria-label': `Documents by year. ${named.join(', ')}`},
      ...years.map(([label, count]) => el('span', {title: `${label}: ${count}`,
        style: `height: ${count ? Math.max(8, count / highest * 100) : 0}%`}))),
    el('figcaption', {class: 'from'}, `${years[0][0]}${years.length > 1 ? ` to ${last}` : ''}${rest}`));
}
