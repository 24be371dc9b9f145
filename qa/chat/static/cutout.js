// The cited lines of a page of a PDF, as a small picture below their quotation.

import {callServer, el, query} from './dom.js';

// Shares of the page: what is shown beside the lines, and above and below them without cutting into
// other lines; the most of its height, and the least of its width, so that a few words are not blown
// up.
const AROUND = [0.02, 0.008];
const TALLEST = 0.25;
const NARROWEST = 0.6;
const DRAWN = 640;  // Pixels of the width of a page's picture, and the most that the server draws.
const WIDEST = 2000;
const REMEMBERED = 200;  // Places of citations.

const places = new Map();

const watcher = new IntersectionObserver((entries) => {
  for (const {isIntersecting, target} of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    target.dispatchEvent(new Event('seen'));
  }
}, {rootMargin: '400px 0px'});

// Add the picture to a quotation once it comes into view; a click opens the source like `link`.
export function addCutout(quotation, link, cited) {
  if (!/\.pdf$/i.test(cited.document)) return;
  quotation.addEventListener('seen', async () => {
    const key = link.getAttribute('href');
    if (places.size > REMEMBERED) places.clear();
    if (!places.has(key)) places.set(key, callServer(`pages?${query(cited)}`).catch(() => null));
    const found = await places.get(key);
    if (!found) places.delete(key);
    else if (found.marks.length) quotation.append(draw(found, link, cited.document));
  }, {once: true});
  watcher.observe(quotation);
}

function draw({sizes, marks}, link, document) {
  const words = marks.find(({kind}) => kind === 'answer') ?? marks[0];
  const [width, height] = sizes[words.page - 1];
  const onPage = marks.filter(({page}) => page === words.page);
  const extent = (boxes, side) => [
    Math.max(0, Math.min(...boxes.map(({box}) => box[side])) - AROUND[side]),
    Math.min(1, Math.max(...boxes.map(({box}) => box[side] + box[side + 2])) + AROUND[side])];
  // Of more lines than fit, those around the words that answer.
  const [highest, lowest] = extent(onPage, 1);
  const most = Math.min(TALLEST, lowest - highest);
  const middle = words.box[1] + words.box[3] / 2;
  const from = Math.max(highest, Math.min(lowest - most, middle - most / 2));
  const boxes = onPage.filter(({box}) => box[1] < from + most && box[1] + box[3] > from);
  const [start, end] = extent(boxes, 1);
  const top = Math.max(from, start);
  const tall = Math.min(from + most, end) - top;
  const [first, last] = extent(boxes, 0);
  const wide = Math.max(NARROWEST, last - first);
  const left = Math.min(first, 1 - wide);
  const figure = el('figure', {class: 'cutout', 'aria-hidden': 'true', onclick: () => link.click(),
    style: `aspect-ratio: ${width * wide} / ${height * tall}`});
  const image = el('img', {alt: '', decoding: 'async', onerror: () => figure.remove(),
    style: `width: ${100 / wide}%; transform: translate(${-left * 100}%, ${-top * 100}%)`,
    src: `footnote/pages/${words.page}.png?${query({document,
      width: Math.round(Math.min(WIDEST, DRAWN / wide * devicePixelRatio))})}`});
  const place = ([x, y, w, h]) => `left: ${(x - left) / wide * 100}%; top: ${(y - top) / tall * 100}%; `
    + `width: ${w / wide * 100}%; height: ${h / tall * 100}%`;
  figure.append(image, ...boxes.map(({kind, box}) =>
    el('span', {class: `mark ${kind}`, style: place(box)})));
  return figure;
}
