// Documents: what is indexed, which of it is asked, files that are added, and work on them.

import {announce, ask, at, counted, el, iconButton, query, size} from './dom.js';

const SHOWN = 200;  // Documents listed before one asks for more.

// A date of a document, which may be a year or a month alone, for a person.
function day(date) {
  const [year, month, number] = (date || '').split('-');
  if (!month) return year;
  const options = {year: 'numeric', month: 'short', ...(number && {day: 'numeric'})};
  return new Date(Number(year), month - 1, number || 1).toLocaleDateString('en-GB', options);
}

export function startDocuments(desk, source) {
  let known = {documents: [], skipped: [], limits: {types: []}};
  let most = SHOWN;
  const chosen = new Set(desk.props.value.documents || []);

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
      `${counted(known.skipped.length, 'file')} skipped`;
    skipped.querySelector('ul').replaceChildren(...known.skipped.map((found) =>
      el('li', {}, el('b', {}, found.name), ` ${found.reason}`)));
    show();
  }

  function show() {
    const wanted = at('filter').value.trim().toLowerCase();
    const found = known.documents.filter((document) =>
      `${document.title} ${document.id}`.toLowerCase().includes(wanted));
    at('document-list').replaceChildren(...found.slice(0, most).map(row));
    if (!found.length) {
      at('document-list').replaceChildren(el('li', {class: 'empty'},
        wanted ? 'No document has that name.' : 'No documents yet.'));
    }
    at('more-documents').hidden = found.length <= most;
    tell();
  }

  function row(found) {
    const details = [
      found.type, found.pages ? counted(found.pages, 'page') : '', size(found.size), day(found.date),
    ].filter(Boolean).map((text) => text.replaceAll(' ', '\u00a0')).join(' · ');
    const box = el('input', {type: 'checkbox', 'aria-label': `Ask only ${found.title}`,
      onchange: () => {
        if (box.checked) chosen.add(found.id);
        else chosen.delete(found.id);
        tell();
      }});
    box.checked = chosen.has(found.id);
    return el('li', {}, box,
      el('button', {type: 'button', class: 'row', title: found.id,
        onclick: (event) => { close(); source.openDocument(found.id, event.currentTarget); }},
        el('span', {class: 'title'}, found.title),
        el('span', {class: 'from'}, details),
        found.note ? el('span', {class: 'from'}, found.note) : null),
      found.removable ? iconButton('bin', `Remove ${found.title}`, () => remove(found)) : null);
  }

  // Which documents are asked is told to the chat, which passes it on with each question.
  function tell() {
    desk.props.value = {...desk.props.value, documents: [...chosen]};
    at('chosen').textContent = chosen.size ?
      `Questions go to ${counted(chosen.size, 'document')} only.` : 'Questions go to all documents.';
    at('choose-all').hidden = !chosen.size;
    document.body.classList.toggle('narrowed', chosen.size > 0);
    const box = document.querySelector('#question textarea');
    if (box) {
      box.placeholder = chosen.size ? `Ask ${counted(chosen.size, 'document')}` : 'Ask a question';
    }
  }

  async function remove(found) {
    const kept = found.uploaded ? 'Its file, which was added here, is deleted.' :
      'Its file stays where it is.';
    if (!confirm(`Remove “${found.title}” from the documents? ${kept}`)) return;
    try {
      const {job} = await ask(`documents?${query({id: found.id})}`, {method: 'DELETE'});
      follow(job, `Removing ${found.title}`);
    } catch (error) {
      told('Not removed', error.message);
    }
  }

  // Send files, with how much of them has arrived; then follow the job that indexes them.
  function send(files) {
    if (!files.length) return;
    const form = new FormData();
    for (const file of files) form.append('files', file, file.name);
    const name = files.length === 1 ? files[0].name : counted(files.length, 'file');
    const card = work(`Sending ${name}`);
    const request = new XMLHttpRequest();
    card.cancel.onclick = () => request.abort();
    request.upload.onprogress = ({loaded, total}) => card.at(loaded, total, `${size(loaded)} of ${size(total)}`);
    request.onload = () => {
      card.element.remove();
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* told below */ }
      if (request.status >= 300) {
        told(`${name} was not added`, answer.error || `The server refused (${request.status}).`);
        return;
      }
      const refused = (answer.files || []).filter((file) => file.status === 'refused');
      for (const file of refused) told(`${file.name} was not added`, file.reason);
      if (answer.job) follow(answer.job, `Adding ${name}`);
    };
    request.onerror = () => { card.element.remove(); told(`${name} was not added`, 'The connection broke.'); };
    request.onabort = () => { card.element.remove(); announce('Cancelled.'); };
    request.open('POST', 'footnote/documents');
    request.send(form);
  }

  // Show a job until it ends.
  const followed = new Set();
  async function follow(job, title) {
    if (followed.has(job)) return;
    followed.add(job);
    const card = work(title);
    card.cancel.onclick = async () => {
      card.cancel.disabled = true;
      try { await ask(`jobs/${job}`, {method: 'DELETE'}); } catch (error) { announce(error.message); }
    };
    const words = {waiting: 'Waiting for another build', reading: 'Reading', embedding: 'Understanding', writing: 'Writing'};
    for (;;) {
      let found;
      try {
        found = await ask(`jobs/${job}`);
      } catch (error) {
        card.element.remove();
        told(title, error.message);
        break;
      }
      if (['done', 'failed', 'cancelled'].includes(found.state)) {
        card.element.remove();
        finished(found, title);
        break;
      }
      card.cancel.hidden = !found.mine;
      card.at(found.done, found.total, words[found.state] +
        (found.total ? ` ${found.done.toLocaleString('en')} of ${found.total.toLocaleString('en')}` : '…'));
      await new Promise((later) => setTimeout(later, 300));
    }
    followed.delete(job);
    await fill();
    // A new conversation's examples are made from the documents that are there.
    if (!desk.props.value.conversation) desk.trigger('apply', {});
  }

  function finished(found, title) {
    const bad = (found.files || []).filter((file) => ['skipped', 'failed'].includes(file.status) && file.reason);
    for (const file of bad) told(file.name, file.reason);
    if (found.state === 'done') {
      const done = title.replace(/^Adding/, 'Added').replace(/^Removing/, 'Removed');
      const some = (found.files || []).some((file) => ['indexed', 'removed'].includes(file.status));
      if (some) {
        const card = told(done, found.summary, 'good');
        setTimeout(() => card.remove(), 6000);
      }
    } else if (found.state === 'failed') {
      told(title, found.summary);
    }
    announce(found.state === 'cancelled' ? 'Cancelled; nothing was changed.' : found.summary);
  }

  function work(title) {
    const bar = el('progress', {'aria-label': title});
    const line = el('span', {class: 'from'}, '');
    const cancel = el('button', {type: 'button', class: 'link'}, 'Cancel');
    const element = el('li', {class: 'job'}, el('span', {class: 'title'}, title), bar,
      el('span', {class: 'line'}, line, cancel));
    at('jobs').append(element);
    return {
      element, cancel,
      at(done, total, said) {
        if (total) { bar.max = total; bar.value = done; }
        line.textContent = said;
      },
    };
  }

  function told(title, text, kind = 'bad') {
    const card = el('li', {class: `job ${kind}`, role: kind === 'bad' ? 'alert' : null},
      el('span', {class: 'title'}, title), el('span', {class: 'from'}, text || ''),
      el('button', {type: 'button', class: 'link', onclick: () => card.remove()}, 'Dismiss'));
    at('jobs').append(card);
    return card;
  }

  // An answer that was under way brings back what was chosen when it was asked.
  desk.watch('value', () => {
    const told = desk.props.value.documents || [];
    if (told.length !== chosen.size || told.some((id) => !chosen.has(id))) tell();
  });

  const close = () => document.dispatchEvent(new Event('footnote-close-side'));
  at('add').addEventListener('click', () => at('files').click());
  at('files').addEventListener('change', () => {
    send([...at('files').files]);
    at('files').value = '';
  });
  at('filter').addEventListener('input', () => { most = SHOWN; show(); });
  at('more-documents').addEventListener('click', () => { most += SHOWN; show(); });
  at('choose-all').addEventListener('click', () => { chosen.clear(); show(); });

  // Files are dropped anywhere on the page.
  const isFiles = (event) => [...(event.dataTransfer?.types || [])].includes('Files');
  addEventListener('dragover', (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    document.body.classList.add('dropping');
  });
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) document.body.classList.remove('dropping');
  });
  addEventListener('drop', (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    document.body.classList.remove('dropping');
    if (!at('drop').hidden) send([...event.dataTransfer.files]);
  });

  fill().then(async () => {
    // Work that was under way when the page was loaded.
    try {
      const {jobs} = await ask('jobs');
      for (const job of jobs || []) follow(job.id, job.kind === 'remove' ? 'Removing documents' : 'Adding documents');
    } catch { /* the list has said what is wrong */ }
  });
}
