// Ask every document: the lines of the question box are put to each document on its own. The table
// stands in the conversation, in the place that the server leaves for it; see qa/chat/html/table.py.

import {UNDER_WAY} from './asking.js';
import {NO_RESPONSE, announce, byId, callServer, counted, el, hideNotice, logIn, readLines, setText,
  showNotice} from './dom.js';
import {createTable, drawing, duration} from './each_table.js';

const ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" aria-hidden="true">'
  + '<path d="M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14"/></svg>';
const LOST = 'The connection was lost.';
const CANCELLED = 'Cancelled.';

// `asking` is what `startAsking` returned.
export function startEach(pageState, source, box, asking) {
  const known = new Map();  // from the id of a turn to its table
  let running = null;       // the request that is being answered

  const button = el('button', {type: 'button', id: 'each', onclick: () => ask(false)},
    drawing(ICON), el('span', {}));
  const more = el('button', {type: 'button', id: 'each-more', class: 'link'}, 'Add a question');
  const note = el('span', {id: 'each-note'});
  document.querySelector('#question').parentElement.after(
    el('div', {id: 'each-bar'}, button, more, note));

  const questions = () => box().value.split('\n').map((line) => line.trim()).filter(Boolean);
  const chosen = () => pageState.props.value.documents || [];
  const whatToAsk = () => JSON.stringify([questions(), chosen()]);
  function describe() {
    const number = chosen().length;
    button.querySelector('span').textContent =
      number ? `Ask each of ${counted(number, 'document')}` : 'Ask every document';
    const count = questions().length;
    note.textContent = count > 1 ? `${count} questions, a column each` : 'A row for each document';
    more.hidden = !count;
    // A card that names other questions or documents confirms nothing any more.
    const card = byId('each-confirm');
    if (card && card.dataset.asked !== whatToAsk()) card.remove();
  }
  document.addEventListener('input', (event) => { if (event.target === box()) describe(); });
  // Choosing documents changes this text once the state of the page holds them.
  new MutationObserver(describe).observe(byId('chosen'), {childList: true, subtree: true});
  describe();
  more.addEventListener('click', () => {
    setText(box(), `${box().value.trimEnd()}\n`);
    box().focus();
  });

  async function ask(confirmed) {
    byId('each-confirm')?.remove();
    hideNotice();
    const asked = questions();
    if (!asked.length) {
      showNotice('Type a question first; several ones, one a line, make a column each.', 'calm');
      box().focus();
      return;
    }
    if (asking.isUnderWay()) return;
    if (running) {
      showNotice(UNDER_WAY, 'calm');
      return;
    }
    const {conversation} = pageState.props.value;
    const before = whatToAsk();
    const request = running = new AbortController();
    button.setAttribute('aria-busy', 'true');
    try {
      const body = {questions: asked, documents: chosen(), conversation: conversation || '', confirmed};
      const answer = await send(body, request.signal);
      if (!answer.confirm) await follow(answer, request);
      else if (before === whatToAsk()) confirm(answer.confirm, asked.length);
    } catch (error) {
      if (!request.signal.aborted) showNotice(error.message);
    } finally {
      running = null;
      button.removeAttribute('aria-busy');
    }
  }

  // Ask whether so many answers are to be made.
  function confirm({answers, seconds}, count) {
    const many = count > 1 ?
      `${counted(count, 'question')} to ${counted(answers / count, 'document')}` : counted(answers, 'document');
    const close = () => { card.remove(); box().focus(); };
    const text = `Asking ${many} takes ${duration(seconds)}. Choose documents in the list to ask fewer.`;
    const yes = el('button', {type: 'button', class: 'each-yes', onclick: () => ask(true)}, 'Ask them all');
    const card = el('div', {id: 'each-confirm', role: 'group', 'aria-label': 'Ask so many?',
      'data-asked': whatToAsk()},
      el('p', {}, text), yes,
      el('button', {type: 'button', class: 'link', onclick: close}, 'Cancel'));
    card.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      close();
    });
    document.querySelector('#question').parentElement.before(card);
    announce(text);
    yes.focus();
  }

  // Fill a table as its answers arrive.
  async function follow(lines, request) {
    let table = null;
    let turn = '';
    let charts = null;
    let failure = '';
    const show = (line) => {
      if (line.turn) {
        turn = line.turn;
        table = createTable(line, source.openDocument, () => request.abort());
        known.set(turn, table);
        byId('editing')?.querySelector('button').click();
        // What was typed since it was sent stays.
        if (questions().join('\n') === line.questions.join('\n')) setText(box(), '');
        announce(`Asking ${counted(line.total / line.questions.length, 'document')}.`);
        pageState.trigger('select', {conversation: line.conversation});
      } else if (line.answer) table.add(line.answer);
      else if (line.charts) charts = line.charts;
      else failure = line.error;
    };
    try {
      await lines(show);
      if (!charts && !failure) failure = LOST;
    } catch {
      failure = request.signal.aborted ? CANCELLED : LOST;
    }
    if (!table) throw new Error(failure);
    if (failure === CANCELLED) ({charts} = await callServer(`tables/${turn}`).catch(() => ({})));
    announce(table.end(charts || [], failure));
  }

  // Load a table that was kept.
  async function load(turn, place) {
    let table;
    try {
      const kept = await callServer(`tables/${encodeURIComponent(turn)}`);
      table = createTable({...kept, turn}, source.openDocument, null);
      kept.answers.forEach(table.add);
      table.end(kept.charts);
    } catch (error) {
      place.replaceChildren(el('p', {class: 'notice'}, error.message));
      return;
    }
    known.set(turn, table);
    place.replaceWith(table.element);
  }

  // Gradio redraws the conversation with each question, so the tables are put back into their places.
  const insert = () => {
    for (const link of document.querySelectorAll('#conversation a[href*="#each="]')) {
      const turn = link.getAttribute('href').split('#each=')[1];
      const place = el('div', {class: 'each-box'});
      (link.closest('p') || link).replaceWith(place);
      if (known.has(turn)) place.replaceWith(known.get(turn).element);
      else load(turn, place);
    }
  };
  new MutationObserver(insert).observe(byId('conversation'), {childList: true, subtree: true});
  insert();
}

// Send the questions. Returns {confirm} where the server asks before, or else a function that reads
// the lines of JSON and calls another with each. Throws an Error with the server's message.
async function send(body, signal) {
  let answer;
  try {
    answer = await fetch('footnote/tables', {method: 'POST', body: JSON.stringify(body), signal,
      headers: {'Content-Type': 'application/json'}});
  } catch {
    throw new Error(NO_RESPONSE);
  }
  if (answer.status === 401) logIn();  // The session has ended; what was typed is kept.
  const isStream = (answer.headers.get('Content-Type') || '').includes('ndjson');
  if (isStream) return (show) => readLines(answer, show);
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.error || `The server returned an error (${answer.status}).`);
  return found;
}
