// Shared by the other scripts: elements, requests, announcements and formats.
// Text is inserted as text nodes only, so nothing in a document becomes markup.

export const byId = (id) => document.getElementById(id);

// Create an element: `el('li', {class: 'row', onclick: f}, 'text', child)`.
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// The icons, as paths of lines.
const PATHS = {
  copy: 'M9 9h10v10H9zM5 15V5h10',
  up: 'M7 20V10l5-7 1.5 1.500L13 10h6l-1.5 10zM4 10v10',
  down: 'M17 4v10l-5 7-1.5-1.500L11 14H5L6.5 4zM20 14V4',
  again: 'M19 8a8 8 0 1 0 1 6M20 4v5h-5',
  edit: 'M5 19l1-4L16 5l3 3L9 18zM14 7l3 3',
  bin: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  done: 'm5 13 4 4L19 7',
};
export function icon(name) {
  const NS = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(NS, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(NS, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

export function iconButton(name, label, onclick) {
  return el('button', {type: 'button', class: 'plain', 'aria-label': label, title: label, onclick},
    icon(name));
}

export const NO_RESPONSE = 'The server is not responding. Is Footnote still running?';

// Send a request to the server. Throws an Error with the server's message if it fails.
export async function callServer(path, {method = 'GET', body} = {}) {
  const options = {method, headers: {}};
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers['Content-Type'] = 'application/json';
  }
  let answer;
  try {
    answer = await fetch(`footnote/${path}`, options);
  } catch {
    throw new Error(NO_RESPONSE);
  }
  if (answer.status === 401) logIn();  // The session has ended.
  const isJson = (answer.headers.get('Content-Type') || '').includes('json');
  const found = isJson ? await answer.json() : await answer.text();
  if (!answer.ok) {
    throw new Error((isJson && found.error) || `The server returned an error (${answer.status}).`);
  }
  return found;
}

// Read the lines of JSON of a response, and call `show` with each as it arrives.
export async function readLines(answer, show) {
  const stream = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const {done, value} = await stream.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop();
    for (const line of lines) show(JSON.parse(line));
  }
}

// Log in and come back to the conversation that is open.
export const logIn = () => location.assign(`login${location.search}`);

export const query = (values) => new URLSearchParams(
  Object.entries(values).filter(([, value]) => value !== null && value !== undefined)).toString();

// Announce a text to screen readers, also if it is the same as before.
export function announce(text) {
  byId('announce').textContent = '';
  setTimeout(() => { byId('announce').textContent = text; }, 50);
}

// Show a message above the question, in place of an earlier one. `kind` is "bad" or "calm".
export function showNotice(message, kind = 'bad') {
  hideNotice();
  document.querySelector('#question').parentElement.before(
    el('div', {id: 'failed', class: kind, role: 'alert'}, message));
}

export const hideNotice = () => byId('failed')?.remove();

// Copy a text. Throws an Error if the browser does not allow it.
export async function copyText(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Over plain http from another machine, browsers offer only this older way.
  const back = document.activeElement;
  const area = el('textarea', {class: 'unseen', readonly: true});
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  back?.focus();
  if (!copied) throw new Error('The browser did not allow copying. Select the text and copy it.');
}

export function size(bytes) {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let unit = 0;
  while (bytes >= 1000 && unit < 3) { bytes /= 1000; unit += 1; }
  return `${unit && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

// Set the text of one of Gradio's text boxes, which listens to input events.
export function setText(box, text) {
  box.value = text;
  box.dispatchEvent(new Event('input', {bubbles: true}));
}

// Parse a citation: "document:start:end:answer start:answer end:sha256 of the text", the
// document percent-encoded, and the end left out in older addresses.
export function parseCitation(text) {
  const [name, ...numbers] = text.split(':');
  const [start, end, answer_start, answer_end] = numbers.slice(0, 4).map(Number);
  const sha256 = numbers[4];
  let document = name;
  try {
    document = decodeURIComponent(name);
  } catch { /* An address typed by hand; the server finds no such document. */ }
  return {document, start, end, answer_start, answer_end, sha256};
}

export const formatCitation = ({document, start, end, answer_start, answer_end, sha256}) =>
  [encodeURIComponent(document), start, end, answer_start, answer_end, sha256]
    .filter((part) => part !== undefined).join(':');

// Format a document's date, which may be only a year or a month.
export function day(date) {
  const [year, month, number] = (date || '').split('-');
  if (!month) return year;
  const options = {year: 'numeric', month: 'short', ...(number && {day: 'numeric'})};
  return new Date(Number(year), month - 1, number || 1).toLocaleDateString('en-GB', options);
}

// Create an element with a name that is isolated from the text around it. A long one is cut in its
// middle where there is no room: it begins and ends readably on one line.
export function named(name) {
  const shown = revealControls(name);
  const letters = [...shown];
  if (letters.length <= NAME_TAIL * 2) return el('bdi', {}, shown);
  return el('span', {class: 'name', dir: 'auto', title: shown},
    el('bdi', {}, letters.slice(0, -NAME_TAIL).join('')), el('bdi', {}, letters.slice(-NAME_TAIL).join('')));
}

// Isolate a name within a text, where there is no element for it.
export const isolate = (name) => `\u2068${revealControls(name)}\u2069`;

// Show where characters would turn text around or cannot be seen; see index/text/invisible.py.
export const revealControls = (text) => text.replace(
  /(?![\p{White_Space}\u00ad\u200c-\u200f\u061c])[\p{Cc}\p{Cf}\p{Cs}]/gu, '\ufffd');

const NAME_TAIL = 12;  // Characters at the end of a name that are always shown.

export const counted = (number, what) =>
  `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
