// Work on the documents: files that are sent, and jobs that are followed until they end.

import {announce, ask, at, counted, el, size} from './dom.js';

const SEEN = 6000;  // Milliseconds for which it is told that something went well.

// `changed` is called when the documents may be others; `open` says whether files are taken.
export function startJobs(changed, open) {
  let sending = 0;

  // Send files, with how much of them has arrived; then follow the job that indexes them.
  function send(files) {
    if (!files.length) return;
    const form = new FormData();
    for (const file of files) form.append('files', file, file.name);
    const name = files.length === 1 ? files[0].name : counted(files.length, 'file');
    const card = work(`Sending ${name}`);
    const request = new XMLHttpRequest();
    const done = () => { sending -= 1; card.element.remove(); };
    card.cancel.onclick = () => request.abort();
    request.upload.onprogress = ({loaded, total}) =>
      card.at(loaded, total, `${size(loaded)} of ${size(total)}`);
    request.onload = () => {
      done();
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* told below */ }
      const refused = (answer.files || []).filter((file) => file.status === 'refused');
      if (refused.length) tellOf(refused, 'not added');
      else if (request.status >= 300) {
        told(`${name} was not added`, answer.error || `The server refused (${request.status}).`);
      }
      if (answer.job) follow(answer.job, `Adding ${name}`);
    };
    request.onerror = () => { done(); told(`${name} was not added`, 'The connection broke.'); };
    request.onabort = () => { done(); passing('Cancelled', 'Nothing was added.'); };
    request.open('POST', 'footnote/documents');
    sending += 1;
    request.send(form);
  }

  // Show a job until it ends.
  const followed = new Set();
  async function follow(job, title) {
    if (followed.has(job)) return;
    followed.add(job);
    const card = work(title);
    let cancelling = false;
    card.cancel.onclick = async () => {
      cancelling = true;
      card.cancel.disabled = true;
      card.at(0, 0, 'Cancelling…');
      try {
        await ask(`jobs/${job}`, {method: 'DELETE'});
      } catch (error) {
        told('Not cancelled', error.message);
      }
    };
    const words = {reading: 'Reading', embedding: 'Understanding', writing: 'Writing'};
    for (let turn = 0; ; turn += 1) {
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
      const counts = found.total ?
        ` ${found.done.toLocaleString('en')} of ${found.total.toLocaleString('en')}` : '…';
      const waiting = turn < 5 ? 'Starting…' : found.summary || 'Waiting…';
      if (!cancelling) {
        card.at(found.done, found.total,
          found.state === 'waiting' ? waiting : words[found.state] + counts);
      }
      await new Promise((later) => setTimeout(later, 300));
    }
    followed.delete(job);
    await changed();
  }

  function finished(found, title) {
    const files = found.files || [];
    const bad = files.filter((file) => ['skipped', 'failed'].includes(file.status) && file.reason);
    if (bad.length) tellOf(bad, 'could not be read');
    if (found.state === 'cancelled') passing('Cancelled', 'Nothing was changed.');
    else if (found.state === 'failed' && !bad.length) told(title, found.summary);
    else if (found.state === 'done') {
      passing(title.replace(/^Adding/, 'Added').replace(/^Removing/, 'Removed'), found.summary);
    }
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
        else bar.removeAttribute('value');
        line.textContent = said;
      },
    };
  }

  // One card for all files of which the same is to be told, each with its reason.
  function tellOf(files, what) {
    if (files.length === 1) {
      told(`${files[0].name}: ${what}`, files[0].reason);
      return;
    }
    told(`${counted(files.length, 'file')} ${what}`, el('details', {},
      el('summary', {}, 'Which, and why'), el('ul', {}, ...files.map((file) =>
        el('li', {}, el('b', {}, file.name), ` ${file.reason}`)))));
  }

  function told(title, text, kind = 'bad') {
    const card = el('li', {class: `job ${kind}`, role: kind === 'bad' ? 'alert' : null},
      el('span', {class: 'title'}, title), el('div', {class: 'from'}, text || ''),
      el('button', {type: 'button', class: 'link', onclick: () => card.remove()}, 'Dismiss'));
    at('jobs').append(card);
    return card;
  }

  function passing(title, text) {
    const card = told(title, text, 'good');
    announce(`${title}. ${text || ''}`);
    setTimeout(() => card.remove(), SEEN);
  }

  at('add').addEventListener('click', () => at('files').click());
  at('files').addEventListener('change', () => {
    send([...at('files').files]);
    at('files').value = '';
  });

  // Files are dropped anywhere on the page.
  const isFiles = (event) => open() && [...(event.dataTransfer?.types || [])].includes('Files');
  addEventListener('dragover', (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    document.body.classList.add('dropping');
  });
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) document.body.classList.remove('dropping');
  });
  addEventListener('drop', (event) => {
    document.body.classList.remove('dropping');
    if (!isFiles(event)) return;
    event.preventDefault();
    send([...event.dataTransfer.files]);
  });
  addEventListener('beforeunload', (event) => { if (sending) event.preventDefault(); });

  // Work that was under way when the page was loaded.
  ask('jobs').then(({jobs}) => {
    for (const job of jobs || []) {
      follow(job.id, job.kind === 'remove' ? 'Removing documents' : 'Adding documents');
    }
  }).catch(() => { /* the list of documents says what is wrong */ });
  return {follow, told};
}
