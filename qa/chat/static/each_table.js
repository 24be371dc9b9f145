// A table of what every document answers: it fills as the answers come, and shows its pictures.
// qa/chat/each/view.py describes an answer; texts are inserted as text nodes only.

import {counted, day, el, revealControls} from './dom.js';

// Parse a picture that the server drew, or an icon. Parsed like this, no script of it would run.
export const drawing = (svg) =>
  document.importNode(new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement, true);

// Create the table of a turn. `openDocument` shows a document, `cancel` ends the asking.
export function createTable({turn, questions, total}, openDocument, cancel) {
  const single = questions.length === 1;
  const started = Date.now();
  const rows = new Map();  // from the id of a document
  let done = 0;
  let found = 0;

  const status = el('p', {class: 'each-status'});
  const bar = el('progress', {'aria-label': 'Documents asked', max: total, value: 0});
  const stop = el('button', {type: 'button', class: 'link', onclick: cancel}, 'Cancel');
  const running = el('div', {class: 'each-running'}, bar, stop);
  const tools = el('div', {class: 'each-tools', hidden: true});
  const body = el('tbody', {role: 'rowgroup'});
  const heads = ['Document', 'Date', ...(single ? ['Answer', 'How sure', 'Page'] : questions)];
  const table = el('table', {role: 'table', class: single ? 'single' : 'many'},
    el('thead', {role: 'rowgroup'}, el('tr', {role: 'row'}, ...heads.map((head, number) =>
      el('th', {role: 'columnheader', scope: 'col', dir: 'auto', class: kindOf(number)}, head)))),
    body);
  const view = el('div', {class: 'answer each-view', tabindex: 0, role: 'region',
    'aria-label': 'What every document answers'}, table);
  const pictures = el('div', {class: 'each-pictures', hidden: true});
  const element = el('div', {class: 'each-box'}, status, running, tools, view, pictures);

  function kindOf(number) {
    return ['document', 'date', ...(single ? ['said', 'likely', 'page'] : [])][number] || 'said';
  }

  function add(answer) {
    done += 1;
    if (answer.parts.length) found += 1;
    const {id} = answer.document;
    if (!rows.has(id)) {
      const row = createRow(answer.document);
      rows.set(id, row);
      body.append(row);
    }
    const row = rows.get(id);
    if (answer.parts.length) row.classList.remove('blank');
    const how = single ? [] : [about(answer)];
    row.append(el('td', {role: 'cell', class: 'said', dir: 'auto', 'data-label': single ? null : answer.question},
      ...words(answer), ...how));
    if (single) {
      row.append(
        el('td', {role: 'cell', class: 'likely'}, answer.percent,
          answer.sure ? el('span', {class: 'from'}, ` ${answer.sure}`) : null),
        el('td', {role: 'cell', class: 'page', 'data-label': answer.page ? 'Page' : null},
          answer.page || ''));
    }
    table.classList.toggle('with-dates', table.classList.contains('with-dates') || Boolean(answer.document.date));
    table.classList.toggle('with-pages', table.classList.contains('with-pages') || Boolean(answer.page));
    bar.value = done;
    status.textContent = `${done.toLocaleString('en')} of ${counted(total, 'answer')}${left()}`;
  }

  function createRow({id, name, date}) {
    const open = el('button', {type: 'button', class: 'link', title: revealControls(id),
      onclick: (event) => openDocument(id, event.currentTarget)}, el('bdi', {}, name));
    return el('tr', {role: 'row', class: 'blank'},
      el('th', {role: 'rowheader', scope: 'row', class: 'document'}, open),
      el('td', {role: 'cell', class: 'date'}, day(date)));
  }

  function left() {
    const seconds = (Date.now() - started) / 1000 / done * (total - done);
    return done > 2 && seconds > 5 ? ` · ${duration(seconds)} left` : '';
  }

  // Show that the asking has ended: with all answers, or with those that were made.
  function end(charts, message = '') {
    running.remove();
    const asked = done < total ?
      `Stopped after ${done.toLocaleString('en')} of ${counted(total, 'answer')}. ` : '';
    const answering = single ? `${counted(found, 'document')} of ${done.toLocaleString('en')} `
      + `${found === 1 ? 'answers' : 'answer'}.` :
      `${counted(found, 'answer')} found by ${counted(done, 'question')} to ${counted(rows.size, 'document')}.`;
    status.textContent = [message, asked + (done ? answering : '')].filter(Boolean).join(' ');
    view.hidden = !done;
    showTools(charts);
    return status.textContent;
  }

  function showTools(charts) {
    pictures.replaceChildren(...charts.map((chart) => el('figure', {class: 'answer'},
      el('figcaption', {}, single ? null : el('strong', {dir: 'auto'}, chart.question), chart.caption),
      drawing(chart.svg))));
    const blank = body.querySelector('.blank') && found;
    const switches = charts.length ? [toggle('Table', true), toggle('Picture', false)] : [];
    for (const button of switches) {
      button.addEventListener('click', () => {
        for (const other of switches) other.setAttribute('aria-pressed', String(other === button));
        view.hidden = button !== switches[0];
        pictures.hidden = !view.hidden;
        only.hidden = view.hidden || !blank;
      });
    }
    const only = toggle('Only what was found', false);
    only.hidden = !blank;
    only.addEventListener('click', () => {
      const pressed = table.classList.toggle('only-found');
      only.setAttribute('aria-pressed', String(pressed));
    });
    const files = [['csv', 'CSV'], ['xlsx', 'Excel'], ['md', 'Markdown']].map(([suffix, name]) =>
      el('a', {href: `footnote/tables/${encodeURIComponent(turn)}.${suffix}`}, name));
    tools.replaceChildren(
      ...(switches.length ? [el('div', {class: 'each-switch', role: 'group', 'aria-label': 'View of the answers'}, ...switches)] : []),
      only,
      el('span', {class: 'each-files'}, 'Download as ', ...files));
    tools.hidden = !done;
  }

  return {element, add, end};
}

const toggle = (text, pressed) =>
  el('button', {type: 'button', 'aria-pressed': String(pressed)}, text);

// The quoted words of an answer, each a link to its place, or what is said in their stead.
function words({parts, remark}) {
  if (!parts.length) return [el('span', {class: 'from'}, remark)];
  const links = parts.flatMap(({text, link}, number) => [
    number ? '; ' : null,
    el('a', {href: link, dir: 'auto', class: remark ? 'probably' : 'exactly',
      'aria-label': `Show in the source: ${text}`}, text),
  ]);
  return remark ? [...links, el('span', {class: 'from', title: remark}, 'probably here')] : links;
}

const about = ({percent, page}) =>
  el('span', {class: 'from'}, [percent, page ? `page ${page}` : ''].filter(Boolean).join(' · '));

// Format roughly how long something takes.
export function duration(seconds) {
  if (seconds < 45) return 'less than a minute';
  if (seconds < 90) return 'about a minute';
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `about ${counted(minutes, 'minute')}`;
  return `about ${counted(Math.round(minutes / 60), 'hour')}`;
}
