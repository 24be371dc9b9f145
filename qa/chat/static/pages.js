// The pages of a PDF as images, loaded when they come into view, with the cited words marked.

import {callServer, el, query} from './dom.js';

const PRELOAD_DISTANCE = '1200px';  // Distance from the visible part at which a page is loaded.

// `onPage` is called with the number of the page in view.
export function startPages(frame, onPage) {
  let document = null;
  let target = null;
  let wanted = null;
  const watcher = new IntersectionObserver((entries) => {
    for (const {isIntersecting, target: page} of entries) {
      const image = page.querySelector('img');
      if (isIntersecting && !image.src) image.src = image.dataset.src;
    }
  }, {root: frame, rootMargin: `${PRELOAD_DISTANCE} 0px`});

  async function show(cited, number) {
    wanted = cited;
    const found = await callServer(`pages?${query(cited)}`);
    if (wanted !== cited) return;
    if (document !== cited.document || !frame.childElementCount) {
      document = cited.document;
      watcher.disconnect();
      frame.replaceChildren(...found.sizes.map(([width, height], index) => {
        const wide = Math.round(Math.min(1400, 640 * devicePixelRatio));
        const image = el('img', {alt: `Page ${index + 1}`, decoding: 'async'});
        image.dataset.src =
          `footnote/pages/${index + 1}.png?${query({document: cited.document, width: wide})}`;
        image.addEventListener('error', () => image.replaceWith(
          el('p', {class: 'notice'}, `Page ${index + 1} cannot be displayed. See its text instead.`)));
        return el('figure', {style: `aspect-ratio: ${width} / ${height}`}, image,
          el('figcaption', {}, `${index + 1}`));
      }));
      for (const page of frame.children) watcher.observe(page);
    }
    for (const mark of frame.querySelectorAll('.mark')) mark.remove();
    target = null;
    for (const {page, kind, box: [x, y, width, height]} of found.marks) {
      const mark = el('span', {class: `mark ${kind}`, style:
        `left: ${x * 100}%; top: ${y * 100}%; width: ${width * 100}%; height: ${height * 100}%`});
      frame.children[page - 1]?.append(mark);
      target ??= mark;
    }
    target ??= frame.children[number - 1];
    scroll();
  }

  function scroll() {
    if (!target || frame.hidden) return;
    const top = target.getBoundingClientRect().top - frame.getBoundingClientRect().top;
    frame.scrollTop += top - (target.classList.contains('mark') ? frame.clientHeight / 3 : 8);
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

  return {show, scroll, go};
}
