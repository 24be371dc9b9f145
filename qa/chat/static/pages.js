// The pages of a PDF as images, loaded when they come into view, with the cited words marked.

import {callServer, el, query} from './dom.js';

const PRELOAD_DISTANCE = '1200px';  // Distance from the visible part at which a page is loaded.
const READABLE = 0.75;  // Screen pixels per point of the page at which print can be read.
const MAX_ZOOM = 8;
const WIDEST = 2000;  // Pixels of a picture that the server draws at most.

// `onPage` is called with the number of the page in view.
export function startPages(frame, onPage) {
  let document = null;
  let target = null;
  let wanted = null;
  let drawing = null;
  let zoom = 1;  // The width of a page, as a multiple of the frame's.
  const watcher = new IntersectionObserver((entries) => {
    for (const {isIntersecting, target: page} of entries) {
      const image = page.querySelector('img');
      if (!isIntersecting || !image) continue;
      const address = `${image.dataset.page}?${query({document, width: pictureWidth()})}`;
      if (image.getAttribute('src') !== address) image.src = address;
    }
  }, {root: frame, rootMargin: `${PRELOAD_DISTANCE} 0px`});

  const pictureWidth = () => Math.round(Math.min(WIDEST,
    Math.max(640, frame.clientWidth * zoom) * devicePixelRatio));

  // Show the pages larger or smaller, around the middle of what is in view.
  function setZoom(next) {
    next = Math.min(MAX_ZOOM, Math.max(1, next));
    const middle = [frame.clientWidth / 2, frame.clientHeight / 2];
    const left = (frame.scrollLeft + middle[0]) * next / zoom - middle[0];
    const top = (frame.scrollTop + middle[1]) * next / zoom - middle[1];
    zoom = next;
    frame.style.setProperty('--zoom', zoom);
    frame.scrollTo(left, top);
    clearTimeout(drawing);
    drawing = setTimeout(() => {  // Until a pinch has come to rest.
      watcher.disconnect();
      for (const page of frame.children) watcher.observe(page);
    }, 150);
  }
  const zoomBy = (factor) => setZoom(zoom * factor);
  frame.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (['+', '='].includes(event.key)) zoomBy(1.25);
    else if (event.key === '-') zoomBy(1 / 1.25);
    else if (event.key === '0') setZoom(1);
  });
  // A pinch on a touch pad arrives as a wheel with the control key.
  frame.addEventListener('wheel', (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY / 200));
  }, {passive: false});

  async function show(cited, number) {
    wanted = cited;
    const found = await callServer(`pages?${query(cited)}`);
    if (wanted !== cited) return;
    if (document !== cited.document || !frame.childElementCount) {
      document = cited.document;
      watcher.disconnect();
      frame.replaceChildren(...found.sizes.map(([width, height], index) => {
        const image = el('img', {alt: `Page ${index + 1}`, decoding: 'async'});
        image.dataset.page = `footnote/pages/${index + 1}.png`;
        image.addEventListener('error', () => image.replaceWith(
          el('p', {class: 'notice'}, `Page ${index + 1} cannot be displayed. See its text instead.`)));
        return el('figure', {style: `aspect-ratio: ${width} / ${height}`}, image,
          el('figcaption', {}, `${index + 1}`));
      }));
      // A page too small to read begins larger.
      const needed = READABLE * found.sizes[number - 1][0] / (frame.clientWidth || Infinity);
      setZoom(needed > 1.1 ? needed : 1);
    }
    for (const mark of frame.querySelectorAll('.mark')) mark.remove();
    for (const {page, kind, box: [x, y, width, height]} of found.marks) {
      const mark = el('span', {class: `mark ${kind}`, style:
        `left: ${x * 100}%; top: ${y * 100}%; width: ${width * 100}%; height: ${height * 100}%`});
      frame.children[page - 1]?.append(mark);
    }
    target = frame.querySelector('.mark.answer') ?? frame.querySelector('.mark')
      ?? frame.children[number - 1];
    scroll();
  }

  function scroll() {
    if (!target || frame.hidden) return;
    const [place, around] = [target.getBoundingClientRect(), frame.getBoundingClientRect()];
    const isMark = target.classList.contains('mark');
    // The beginning of the line, where the words fit beside it.
    const line = [...frame.querySelectorAll('.mark')].map((mark) => mark.getBoundingClientRect())
      .find(({left, top, bottom}) => left < place.left && top < place.bottom && place.top < bottom
        && place.right - left < frame.clientWidth - 32);
    frame.scrollTop += place.top - around.top - (isMark ? frame.clientHeight / 3 : 8);
    frame.scrollLeft += (line ?? place).left - around.left - 16;
  }

  function go(number) {
    const page = frame.children[number - 1];
    if (page) frame.scrollTop += page.getBoundingClientRect().top - frame.getBoundingClientRect().top - 8;
  }

  frame.addEventListener('scroll', () => {
    const middle = frame.getBoundingClientRect().top + frame.clientHeight / 2;
    const at = [...frame.children].findIndex((page) => page.getBoundingClientRect().bottom > middle);
    if (at >= 0) onPage(at + 1);
  });

  return {show, scroll, go, zoomBy};
}
