// The documents tab: the list of documents, and the selection that questions are restricted to.

import {byId, callServer, counted, day, el, iconButton, isolate, named, query, showNotice,
  size} from './dom.js';
import {isInside, listFolders, sortByFolder} from './folders.js';
import {startJobs} from './jobs.js';
import {readStored, store} from './stored.js';

const PAGE_SIZE = 200;  // Documents listed at a time.
const MAX_CHOSEN = 1000;  // Documents that a question can name; the server takes no more.
const MAX_NAMED = 3;  // Chosen documents whose titles are shown.
const STORAGE_KEY = 'footnote-documents';

export function startDocuments(pageState, source) {
  let known = {documents: [], skipped: [], limits: {types: []}};
  let limit = PAGE_SIZE;
  let boxes = [];  // those of the list, each with the documents that it chooses: {box, inside}
  const chosen = new Set(JSON.parse(readStored(STORAGE_KEY, 'sessionStorage') || '[]'));
  const jobs = startJobs(async () => {
    await fill();
    // The example questions of a new conversation depend on the documents.
    if (!pageState.props.value.conversation) pageState.trigger('apply', {});
  }, () => known);

  async function fill() {
    try {
      known = await callServer('documents');
    } catch (error) {
      byId('document-list').replaceChildren(el('li', {class: 'notice'}, error.message));
      return;
    }
    document.dispatchEvent(new Event('footnote-documents'));
    byId('files').accept = (known.limits.types || []).join(',');
    byId('drop').hidden = known.read_only;
    const ids = new Set(known.documents.map((found) => found.id));
    for (const id of [...chosen]) if (!ids.has(id)) chosen.delete(id);
    byId('tab-documents').textContent = `Documents (${known.documents.length.toLocaleString('en')})`;
    byId('filter').hidden = known.documents.length < 8 && !byId('filter').value;
    const skipped = byId('skipped');
    skipped.hidden = !known.skipped.length;
    skipped.querySelector('summary').textContent =
      `${counted(known.skipped.length, 'file')} could not be read`;
    skipped.querySelector('ul').replaceChildren(...known.skipped.map((found) =>
      el('li', {}, el('b', {}, named(found.name)), ` ${found.reason}`)));
    show();
  }

  // The documents that are looked for: those without a folder first, then folder by folder.
  function matching() {
    const wanted = byId('filter').value.trim().toLowerCase();
    return sortByFolder(known.documents.filter((document) =>
      `${document.title} ${document.path}`.toLowerCase().includes(wanted)));
  }

  function show() {
    const wanted = byId('filter').value.trim();
    const matches = matching();
    byId('document-list').replaceChildren(...rows(matches));
    if (!matches.length) {
      byId('document-list').replaceChildren(el('li', {class: 'empty'},
        wanted ? 'No matching documents.' : 'No documents yet.'));
    }
    byId('more-documents').hidden = matches.length <= limit;
    byId('choose-found').hidden = !wanted || !matches.length;
    updateBoxes();
    updateSelection();
  }

  // Return the rows of the list, with one for each folder before its documents.
  function rows(matches) {
    const folders = listFolders(matches);
    const made = [];
    boxes = [];
    for (const found of matches.slice(0, limit)) {
      while (folders.length && isInside(found, folders[0])) made.push(folderRow(folders.shift(), matches));
      made.push(row(found));
    }
    return made;
  }

  // A folder is chosen with everything below it that is looked for.
  function folderRow(folder, matches) {
    const inside = matches.filter((found) => isInside(found, folder));
    const box = el('input', {type: 'checkbox', 'aria-label': `Search only the folder ${folder}`,
      onchange: () => {
        const ids = new Set(inside.map(({id}) => id));
        const others = known.documents.filter(({id}) => chosen.has(id) && !ids.has(id));
        chooseOnly(box.checked ? [...others, ...inside] : others);
        updateBoxes();
        updateSelection();
      }});
    boxes.push({box, inside});
    return el('li', {class: 'folder'}, box, el('span', {class: 'title'}, named(folder)),
      el('span', {class: 'from'}, inside.length.toLocaleString('en')));
  }

  // Show what is chosen in the boxes of the list.
  function updateBoxes() {
    for (const {box, inside} of boxes) {
      const number = inside.filter((found) => chosen.has(found.id)).length;
      box.checked = number === inside.length;
      box.indeterminate = number > 0 && !box.checked;
    }
  }

  // Choose documents, as many as a question can name.
  function chooseOnly(found) {
    chosen.clear();
    for (const {id} of found.slice(0, MAX_CHOSEN)) chosen.add(id);
    if (found.length > MAX_CHOSEN) {
      showNotice(`Only the first ${counted(MAX_CHOSEN, 'document')} of ${found.length.toLocaleString('en')} `
        + 'are chosen, as many as can be searched by choice.', 'calm');
    }
  }

  function row(found) {
    const details = [
      found.name ? null : found.type, found.pages ? counted(found.pages, 'page') : '', size(found.size), day(found.date),
    ].filter(Boolean).map((text) => text.replaceAll(' ', '\u00a0')).join('\u00a0· ');
    const label = [found.title, found.name].filter(Boolean).join(', ');
    const box = el('input', {type: 'checkbox', 'aria-label': `Search only ${label}`,
      onchange: () => {
        if (box.checked) chosen.add(found.id);
        else chosen.delete(found.id);
        updateBoxes();
        updateSelection();
      }});
    boxes.push({box, inside: [found]});
    return el('li', {}, box,
      el('button', {type: 'button', class: 'row', title: found.path,
        onclick: (event) => { close(); source.openDocument(found.id, event.currentTarget); }},
        el('span', {class: 'title', dir: 'auto'}, found.title),
        found.name ? el('span', {class: 'from'}, named(found.name)) : null,
        el('span', {class: 'from'}, details),
        found.note ? el('span', {class: 'from'}, found.note) : null),
      found.removable ? iconButton('bin', `Remove ${found.title}`, () => remove(found)) : null);
  }

  // Pass the selection to the chat, which sends it with each question.
  function updateSelection() {
    const ids = [...chosen];
    store(STORAGE_KEY, ids.length ? JSON.stringify(ids) : '', 'sessionStorage');
    pageState.props.value = {...pageState.props.value, documents: ids};
    byId('chosen').replaceChildren(...(ids.length ? describeChosen(ids) : ['Searching all documents.']));
    byId('choose-all').hidden = !ids.length;
    document.body.classList.toggle('narrowed', ids.length > 0);
    const box = document.querySelector('#question textarea');
    if (box) box.placeholder = ids.length ? `Ask ${counted(ids.length, 'document')}` : 'Ask a question';
  }

  // Say how many documents are chosen, with the titles of the first ones.
  function describeChosen(ids) {
    const first = known.documents.filter(({id}) => chosen.has(id)).slice(0, MAX_NAMED);
    const names = first.flatMap(({title}, number) => [number ? ', ' : ': ', el('bdi', {}, title)]);
    const more = first.length && ids.length > first.length ?
      ` and ${(ids.length - first.length).toLocaleString('en')} more` : '';
    return [`Searching ${counted(ids.length, 'document')} only`, ...names, more];
  }

  async function remove(found) {
    const consequence = found.uploaded ? 'Its uploaded file will be deleted.' :
      'Its file will not be deleted.';
    if (!confirm(`Remove “${isolate(found.title)}” from the documents? ${consequence}`)) return;
    try {
      const {job} = await callServer(`documents?${query({id: found.id})}`, {method: 'DELETE'});
      jobs.follow(job, `Removing ${isolate(found.title)}`);
    } catch (error) {
      jobs.showCard(`Could not remove ${isolate(found.title)}`, error.message);
    }
  }

  // An answer returns the selection with which it was asked, so restore the current one. It also
  // shows when the index has been rebuilt.
  pageState.watch('value', () => {
    const {documents = [], generation} = pageState.props.value;
    if (documents.length !== chosen.size || documents.some((id) => !chosen.has(id))) updateSelection();
    if (generation && known.generation && generation !== known.generation) fill();
  });

  const close = () => document.dispatchEvent(new Event('footnote-close-side'));
  byId('filter').addEventListener('input', () => { limit = PAGE_SIZE; show(); });
  byId('more-documents').addEventListener('click', () => { limit += PAGE_SIZE; show(); });
  byId('choose-all').addEventListener('click', () => { chosen.clear(); show(); });
  byId('choose-found').addEventListener('click', () => {
    chooseOnly(matching());
    show();
  });
  fill();
}
