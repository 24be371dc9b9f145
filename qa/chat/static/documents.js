// Documents: what is indexed, and which of it is asked.

import {ask, at, counted, day, el, iconButton, nameOf, query, size} from './dom.js';
import {startJobs} from './jobs.js';

const SHOWN = 200;  // Documents listed before one asks for more.
const KEPT = 'footnote-documents';

export function startDocuments(desk, source) {
  let known = {documents: [], skipped: [], limits: {types: []}};
  let most = SHOWN;
  const chosen = new Set(JSON.parse(sessionStorage.getItem(KEPT) || '[]'));
  const jobs = startJobs(async () => {
    await fill();
    // A new conversation's examples are made from the documents that are there.
    if (!desk.props.value.conversation) desk.trigger('apply', {});
  }, () => !known.read_only);

  async function fill() {
    try {
      known = await ask('documents');
    } catch (error) {
      at('document-list').replaceChildren(el('li', {class: 'notice'}, error.message));
      return;
    }
    at('files').accept = (known.limits.types || []).join(',');
    at('drop').hidden = known.read_only;
    const ids = new Set(known.documents.map((found) => found.id));
    for (const id of [...chosen]) if (!ids.has(id)) chosen.delete(id);
    at('tab-documents').textContent = `Documents (${known.documents.length.toLocaleString('en')})`;
    at('filter').hidden = known.documents.length < 8 && !at('filter').value;
    const skipped = at('skipped');
    skipped.hidden = !known.skipped.length;
    skipped.querySelector('summary').textContent =
      `${counted(known.skipped.length, 'file')} could not be read`;
    skipped.querySelector('ul').replaceChildren(...known.skipped.map((found) =>
      el('li', {}, el('b', {}, found.name), ` ${found.reason}`)));
    show();
  }

  function found() {
    const wanted = at('filter').value.trim().toLowerCase();
    return known.documents.filter((document) =>
      `${document.title} ${document.id}`.toLowerCase().includes(wanted));
  }

  function show() {
    const wanted = at('filter').value.trim();
    const some = found();
    at('document-list').replaceChildren(...some.slice(0, most).map(row));
    if (!some.length) {
      at('document-list').replaceChildren(el('li', {class: 'empty'},
        wanted ? 'No document has that name.' : 'No documents yet.'));
    }
    at('more-documents').hidden = some.length <= most;
    at('choose-found').hidden = !wanted || !some.length;
    tell();
  }

  function row(found) {
    const name = nameOf(found.id);
    const details = [
      found.title === name.replace(/\.\w+$/, '') ? found.type : name,
      found.pages ? counted(found.pages, 'page') : '', size(found.size), day(found.date),
    ].filter(Boolean).map((text) => text.replaceAll(' ', '\u00a0')).join(' · ');
    const box = el('input', {type: 'checkbox', 'aria-label': `Ask only ${found.title}, ${name}`,
      onchange: () => {
        if (box.checked) chosen.add(found.id);
        else chosen.delete(found.id);
        tell();
      }});
    box.checked = chosen.has(found.id);
    return el('li', {}, box,
      el('button', {type: 'button', class: 'row', title: found.id,
        onclick: (event) => { close(); source.openDocument(found.id, event.currentTarget); }},
        el('span', {class: 'title', dir: 'auto'}, found.title),
        el('span', {class: 'from'}, details),
        found.note ? el('span', {class: 'from'}, found.note) : null),
      found.removable ? iconButton('bin', `Remove ${found.title}`, () => remove(found)) : null);
  }

  // Which documents are asked is told to the chat, which passes it on with each question.
  function tell() {
    const ids = [...chosen];
    sessionStorage.setItem(KEPT, JSON.stringify(ids));
    desk.props.value = {...desk.props.value, documents: ids};
    at('chosen').textContent = ids.length ?
      `Questions go to ${counted(ids.length, 'document')} only.` : 'Questions go to all documents.';
    at('choose-all').hidden = !ids.length;
    document.body.classList.toggle('narrowed', ids.length > 0);
    const box = document.querySelector('#question textarea');
    if (box) box.placeholder = ids.length ? `Ask ${counted(ids.length, 'document')}` : 'Ask a question';
  }

  async function remove(found) {
    const kept = found.uploaded ? 'Its file, which was added here, is deleted.' :
      'Its file stays where it is.';
    if (!confirm(`Remove “${found.title}” from the documents? ${kept}`)) return;
    try {
      const {job} = await ask(`documents?${query({id: found.id})}`, {method: 'DELETE'});
      jobs.follow(job, `Removing ${found.title}`);
    } catch (error) {
      jobs.told('Not removed', error.message);
    }
  }

  // An answer that was under way brings back what was chosen when it was asked; and tells when it
  // came from an index that was built meanwhile.
  desk.watch('value', () => {
    const {documents = [], generation} = desk.props.value;
    if (documents.length !== chosen.size || documents.some((id) => !chosen.has(id))) tell();
    if (generation && known.generation && generation !== known.generation) fill();
  });

  const close = () => document.dispatchEvent(new Event('footnote-close-side'));
  at('filter').addEventListener('input', () => { most = SHOWN; show(); });
  at('more-documents').addEventListener('click', () => { most += SHOWN; show(); });
  at('choose-all').addEventListener('click', () => { chosen.clear(); show(); });
  at('choose-found').addEventListener('click', () => {
    chosen.clear();
    for (const {id} of found().slice(0, 1000)) chosen.add(id);
    show();
  });
  fill();
}
