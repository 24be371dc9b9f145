// The conversations tab: past conversations, a new one, and exports.

import {announce, byId, callServer, el, iconButton} from './dom.js';

export function startConversations(pageState) {
  const list = byId('talk-list');
  const current = () => pageState.props.value.conversation;

  async function fill() {
    let conversations = [];
    try {
      ({conversations} = await callServer('conversations'));
    } catch (error) {
      list.replaceChildren(el('li', {class: 'notice'}, error.message));
      return;
    }
    list.replaceChildren(...conversations.map((found) => el('li',
      {class: found.id === current() ? 'now' : null},
      el('button', {type: 'button', class: 'row', 'aria-current': found.id === current() ? 'true' : null,
        onclick: () => { pageState.trigger('select', {conversation: found.id}); close(); }},
        el('span', {class: 'title'}, found.title),
        el('span', {class: 'from'}, formatTime(found.changed))),
      iconButton('edit', `Rename the conversation: ${found.title}`, () => rename(found)),
      iconButton('bin', `Delete the conversation: ${found.title}`, () => remove(found)))));
    if (!conversations.length) {
      list.replaceChildren(el('li', {class: 'empty'}, 'No conversations yet. They are listed here once you ask a question.'));
    }
    const title = conversations.find((found) => found.id === current())?.title || '';
    byId('talk-title').textContent = title;
    document.title = title ? `${title} – Footnote` : 'Footnote';
  }

  async function rename(found) {
    const title = prompt('Name of the conversation', found.title)?.trim();
    if (!title || title === found.title) return;
    try {
      await callServer(`conversations/${encodeURIComponent(found.id)}`, {method: 'PATCH', body: {title}});
      await fill();
    } catch (error) {
      announce(error.message);
    }
  }

  async function remove(found) {
    if (!confirm(`Delete the conversation “${found.title}”?`)) return;
    try {
      await callServer(`conversations/${encodeURIComponent(found.id)}`, {method: 'DELETE'});
      announce('Conversation deleted.');
      if (found.id === current()) pageState.trigger('clear', {});
      await fill();
      byId('new-talk').focus();
    } catch (error) {
      announce(error.message);
    }
  }

  let first = true;
  function follow() {
    const id = current();
    const place = new URL(location.href);
    const named = place.searchParams.get('c') || '';
    if (first && named && !id) showError('This conversation is not available in this browser.');
    if (id) place.searchParams.set('c', id);
    else place.searchParams.delete('c');
    if (named !== id) history[first ? 'replaceState' : 'pushState'](null, '', place);
    first = false;
    byId('export').hidden = !id;
    for (const kind of ['md', 'json']) {
      byId(`export-${kind}`).href = `footnote/conversations/${encodeURIComponent(id)}.${kind}`;
    }
    fill();
  }

  // Back and forward move through the conversations that were open.
  addEventListener('popstate', () => {
    const id = new URL(location.href).searchParams.get('c') || '';
    if (id !== current()) pageState.trigger(id ? 'select' : 'clear', {conversation: id});
  });

  const close = () => document.dispatchEvent(new Event('footnote-close-side'));
  byId('new-talk').addEventListener('click', () => {
    byId('editing')?.querySelector('button').click();
    pageState.trigger('clear', {});
    close();
    document.querySelector('#question textarea')?.focus();
  });
  // The conversation in the address is opened first; until then the address stays unchanged.
  pageState.watch('value', follow);
}

function showError(message) {
  byId('failed')?.remove();
  document.querySelector('#question').parentElement.before(
    el('div', {id: 'failed', role: 'alert'}, message));
}

// Format a time: the time of day if it is today, else the date.
function formatTime(iso) {
  const then = new Date(iso);
  const today = new Date().toDateString() === then.toDateString();
  return today ? then.toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'})
    : then.toLocaleDateString('en-GB', {day: 'numeric', month: 'short', year: 'numeric'});
}
