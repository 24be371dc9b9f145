// What the other scripts share: elements, requests, and what is told to a screen reader.
// Text reaches the page as text nodes only, so nothing in a document is ever markup.

export const at = (id) => document.getElementById(id);

// An element: `el('li', {class: 'row', onclick: f}, 'text', child)`.
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

// An icon of the set below, drawn with lines.
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

// Ask the server; what it refuses is thrown as an Error with its sentence.
export async function ask(path, {method = 'GET', body} = {}) {
  const options = {method, headers: {}};
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers['Content-Type'] = 'application/json';
  }
  let answer;
  try {
    answer = await fetch(`footnote/${path}`, options);
  } catch {
    throw new Error('The server does not answer. Is Footnote still running?');
  }
  if (answer.status === 401) location.assign('login');  // Logged out meanwhile.
  const isJson = (answer.headers.get('Content-Type') || '').includes('json');
  const found = isJson ? await answer.json() : await answer.text();
  if (!answer.ok) {
    throw new Error((isJson && found.error) || `The server refused (${answer.status}).`);
  }
  return found;
}

export const query = (values) => new URLSearchParams(
  Object.entries(values).filter(([, value]) => value !== null && value !== undefined)).toString();

// Say something to a screen reader; the same words twice are said twice.
export function announce(text) {
  at('announce').textContent = '';
  setTimeout(() => { at('announce').textContent = text; }, 50);
}

export function size(bytes) {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  let unit = 0;
  while (bytes >= 1000 && unit < 3) { bytes /= 1000; unit += 1; }
  return `${unit && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

// Put text into a box of Gradio's, which follows what is typed.
export function setText(box, text) {
  box.value = text;
  box.dispatchEvent(new Event('input', {bubbles: true}));
}

// A date of a document, which may be a year or a month alone, for a person.
export function day(date) {
  const [year, month, number] = (date || '').split('-');
  if (!month) return year;
  const options = {year: 'numeric', month: 'short', ...(number && {day: 'numeric'})};
  return new Date(Number(year), month - 1, number || 1).toLocaleDateString('en-GB', options);
}

export const nameOf = (id) => id.split('/').pop();

export const counted = (number, what) =>
  `${number.toLocaleString('en')} ${what}${number === 1 ? '' : 's'}`;
