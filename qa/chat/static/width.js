// The width of the source panel: its edge is dragged, or moved with the arrow keys.

import {byId} from './dom.js';
import {readStored, store} from './stored.js';

const KEY = 'footnote-source-width';
const [NARROWEST, WIDEST, USUAL] = [25, 65, 44];  // Percent of the page.

export function startWidth() {
  const edge = byId('panel-edge');
  let width = USUAL;

  const set = (percent) => {
    width = Math.round(Math.min(WIDEST, Math.max(NARROWEST, percent)));
    document.documentElement.style.setProperty('--source-width', `${width}%`);
    edge.setAttribute('aria-valuenow', width);
    edge.setAttribute('aria-valuetext', `${width}% of the page`);
  };
  const keep = () => store(KEY, width === USUAL ? '' : String(width));

  edge.addEventListener('pointerdown', (event) => {
    if (event.button) return;
    event.preventDefault();
    edge.focus();
    edge.setPointerCapture(event.pointerId);
  });
  edge.addEventListener('pointermove', (event) => {
    if (!edge.hasPointerCapture(event.pointerId)) return;
    const desk = byId('desk').getBoundingClientRect();
    set((desk.right - event.clientX) / desk.width * 100);
  });
  edge.addEventListener('pointerup', keep);
  edge.addEventListener('dblclick', () => { set(USUAL); keep(); });
  edge.addEventListener('keydown', (event) => {
    const next = {ArrowLeft: width + 2, ArrowRight: width - 2, Home: NARROWEST, End: WIDEST}[event.key];
    if (next === undefined) return;
    event.preventDefault();
    set(next);
    keep();
  });
  set(Number(readStored(KEY)) || USUAL);
}
