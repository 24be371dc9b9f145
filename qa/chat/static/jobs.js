// Uploads and jobs: a card for each shows its progress and its outcome.

import {announce, byId, callServer, counted, el, isolate, named, size} from './dom.js';
import {addedOf, checkFiles, droppedFiles, withPaths} from './files.js';

const SUCCESS_TIMEOUT = 6000;  // Milliseconds for which a success is shown.

// `onChange` is called when the documents may have changed; `getKnown` returns what the server has
// said of them: whether files may be added, and the limits.
export function startJobs(onChange, getKnown) {
  const isWritable = () => !getKnown().read_only;
  let unsent = 0;  // Batches of files that are not with the server yet.

  // Check files, and send those that can be read; `unread` are others that cannot.
  async function upload(files, unread = []) {
    const {batches, refused} = checkFiles(files, getKnown().limits);
    refused.unshift(...unread);
    if (refused.length) showFiles(refused, 'not added');
    let others = refused.length;
    unsent += batches.length;
    while (batches.length) {
      const batch = batches.shift();
      const goesOn = await send(batch, batch.length + others, batches.flat().length);
      others = 0;
      if (!goesOn) {
        unsent -= batches.length;
        return;
      }
    }
  }

  // Send files with a progress bar, then follow the job that indexes them; `total` is how many were
  // to be added, `later` how many are sent after them. Resolves when they are indexed, as the server
  // takes so many jobs at a time, to whether the later ones are still wanted.
  const send = (files, total, later) => new Promise((sent) => {
    const form = new FormData();
    for (const {file, path} of files) form.append('files', file, path);
    const name = files.length === 1 ? isolate(files[0].path) : counted(files.length, 'file');
    const card = progressCard(`Uploading ${name}`);
    const request = new XMLHttpRequest();
    const done = () => { unsent -= 1; card.element.remove(); };
    const cancelled = (number) =>
      showSuccess('Upload cancelled', `${counted(number, 'file')} ${number === 1 ? 'was' : 'were'} not added.`);
    card.cancel.onclick = () => request.abort();
    request.upload.onprogress = ({loaded, total}) =>
      card.update(loaded, total, `${size(loaded)} of ${size(total)}`);
    request.onload = async () => {
      done();
      let answer = {};
      try { answer = JSON.parse(request.responseText); } catch { /* reported below */ }
      const refused = (answer.files || []).filter((file) => file.status === 'refused');
      if (refused.length) showFiles(refused, 'not added');
      else if (request.status >= 300) {
        showCard(`${name}: not added`, answer.error || `The server returned an error (${request.status}).`);
      }
      const goesOn = !answer.job || await follow(answer.job, `Adding ${name}`, total);
      if (!goesOn && later) cancelled(later);
      sent(goesOn);
    };
    request.onerror = () => { done(); showCard(`${name}: not added`, 'The connection was lost.'); sent(true); };
    request.onabort = () => { done(); cancelled(files.length + later); sent(false); };
    request.open('POST', 'footnote/documents');
    request.send(form);
  });

  // Show a job until it ends. Returns whether nobody cancelled it.
  const followed = new Set();
  async function follow(job, title, total = 0) {
    if (followed.has(job)) return true;
    followed.add(job);
    const card = progressCard(title);
    let cancelling = false;
    card.cancel.onclick = async () => {
      cancelling = true;
      card.cancel.disabled = true;
      card.update(0, 0, 'Cancelling…');
      try {
        await callServer(`jobs/${job}`, {method: 'DELETE'});
      } catch (error) {
        showCard('Could not cancel', error.message);
      }
    };
    const stages = {reading: 'Reading', embedding: 'Indexing', writing: 'Saving'};
    for (let turn = 0; ; turn += 1) {
      let found;
      try {
        found = await callServer(`jobs/${job}`);
      } catch (error) {
        card.element.remove();
        showCard(title, error.message);
        break;
      }
      if (['done', 'failed', 'cancelled'].includes(found.state)) {
        card.element.remove();
        showOutcome(found, title, total);
        cancelling ||= found.state === 'cancelled';
        break;
      }
      card.cancel.hidden = !found.mine;
      const counts = found.total ?
        ` ${found.done.toLocaleString('en')} of ${found.total.toLocaleString('en')}` : '…';
      const waiting = turn < 5 ? 'Starting…' : found.summary || 'Waiting…';
      if (!cancelling) {
        card.update(found.done, found.total,
          found.state === 'waiting' ? waiting : stages[found.state] + counts);
      }
      await new Promise((later) => setTimeout(later, 300));
    }
    followed.delete(job);
    await onChange();
    return !cancelling;
  }

  function showOutcome(found, title, total) {
    const files = found.files || [];
    const added = files.filter((file) => file.status === 'indexed').length;
    if (found.kind === 'add' && added < Math.max(total, files.length)) {
      title = addedOf(added, Math.max(total, files.length));
    }
    const bad = files.filter((file) => ['skipped', 'failed'].includes(file.status) && file.reason);
    if (bad.length) showFiles(bad, 'could not be read');
    if (found.state === 'cancelled') showSuccess('Cancelled', 'The documents were not changed.');
    else if (found.state === 'failed' && bad.length < files.length) {  // More failed than the reading.
      showCard(title.replace(/^Removing/, 'Could not remove'), found.summary);
    } else if (found.state === 'done') {
      showSuccess(title.replace(/^Adding/, 'Added').replace(/^Removing/, 'Removed'), found.summary);
    }
  }

  function progressCard(title) {
    const bar = el('progress', {'aria-label': title});
    const line = el('span', {class: 'from'}, '');
    const cancel = el('button', {type: 'button', class: 'link'}, 'Cancel');
    const element = el('li', {class: 'job'}, el('span', {class: 'title'}, title), bar,
      el('span', {class: 'line'}, line, cancel));
    byId('jobs').append(element);
    return {
      element, cancel,
      update(done, total, text) {
        if (total) { bar.max = total; bar.value = done; }
        else bar.removeAttribute('value');
        line.textContent = text;
      },
    };
  }

  // Show one card for all files with the same outcome, and for each reason the files that it has.
  function showFiles(files, outcome) {
    if (files.length === 1) {
      showCard(`${isolate(files[0].name)}: ${outcome}`, files[0].reason);
      return;
    }
    const names = new Map();  // from a reason
    for (const {name, reason} of files) names.set(reason, [...(names.get(reason) || []), name]);
    showCard(`${counted(files.length, 'file')} ${outcome}`, el('details', {},
      el('summary', {}, 'Show details'), el('ul', {}, ...[...names].map(([reason, some]) =>
        el('li', {}, ...some.flatMap((name, number) => [number ? ', ' : null, el('b', {}, named(name))]),
          ` ${reason}`)))));
  }

  function showCard(title, text, kind = 'bad') {
    const card = el('li', {class: `job ${kind}`},
      el('div', {role: kind === 'bad' ? 'alert' : null},
        el('span', {class: 'title'}, title), el('div', {class: 'from'}, text || '')),
      el('button', {type: 'button', class: 'link', onclick: () => card.remove()}, 'Dismiss'));
    byId('jobs').append(card);
    return card;
  }

  function showSuccess(title, text) {
    const card = showCard(title, text, 'good');
    announce(`${title}. ${text || ''}`);
    setTimeout(() => card.remove(), SUCCESS_TIMEOUT);
  }

  byId('add').addEventListener('click', () => byId('files').click());
  byId('files').addEventListener('change', () => {
    upload(withPaths(byId('files').files));
    byId('files').value = '';
  });
  byId('add-folder').addEventListener('click', () => byId('folder').click());
  byId('folder').addEventListener('change', () => {
    upload(withPaths(byId('folder').files));
    byId('folder').value = '';
  });

  // Files can be dropped anywhere on the page.
  const isFiles = (event) => isWritable() && [...(event.dataTransfer?.types || [])].includes('Files');
  addEventListener('dragover', (event) => {
    if (!isFiles(event)) return;
    event.preventDefault();
    document.body.classList.add('dropping');
  });
  addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) document.body.classList.remove('dropping');
  });
  addEventListener('drop', async (event) => {
    document.body.classList.remove('dropping');
    if (!isFiles(event)) return;
    event.preventDefault();
    const {files, unread} = await droppedFiles(event.dataTransfer);
    upload(files, unread);
    if (!files.length && !unread.length) {
      showCard('Nothing was added', 'No files were found there. Those whose names begin with a dot are left out.');
    }
  });
  // A picture or file that is pasted is one to be added; text goes where it is pasted.
  addEventListener('paste', (event) => {
    const files = withPaths(event.clipboardData?.files || []);
    if (!files.length || !isWritable()) return;
    event.preventDefault();
    upload(files);
  });
  addEventListener('beforeunload', (event) => { if (unsent) event.preventDefault(); });

  // Follow the jobs that were unfinished when the page was loaded.
  callServer('jobs').then(({jobs}) => {
    for (const job of jobs || []) {
      follow(job.id, job.kind === 'remove' ? 'Removing documents' : 'Adding documents');
    }
  }).catch(() => { /* the list of documents shows the error */ });
  return {follow, showCard};
}
