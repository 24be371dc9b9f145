// Conversations: the past ones, a new one, and what is exported.

import {announce, ask, at, el, iconButton} from './dom.js';

export function startTalks(desk) {
  const list = at('talk-list');
  const now = () => desk.props.value.conversation;

  async function fill() {
    let conversations = [];
    try {
      ({conversations} = await ask('conversations'));
    } catch (error) {
      list.replaceChildren(el('li', {class: 'notice'}, error.message));
      return;
    }
    list.replaceChildren(...conversations.map((found) => el('li',
      {class: found.id === now() ? 'now' : null},
      el('button', {type: 'button', class: 'row', 'aria-current': found.id === now() ? 'true' : null,
        onclick: () => { desk.trigger('select', {conversation: found.id}); close(); }},
        el('span', {class: 'title'}, found.title),
        el('span', {class: 'from'}, when(found.changed))),
      iconButton('edit', `Rename the conversation: ${found.title}`, () => rename(found)),
      iconButton('bin', `Delete the conversation: ${found.title}`, () => remove(found)))));
    if (!conversations.length) {
      list.replaceChildren(el('li', {class: 'empty'}, 'What you ask is kept here, on this machine.'));
    }
    const title = conversations.find((found) => found.id === now())?.title || '';
    at('talk-title').textContent = title;
    document.title = title ? `${title} – Footnote` : 'Footnote';
  }

  async function rename(found) {
    const title = prompt('A name for this conversation', found.title)?.trim();
    if (!title || title === found.title) return;
    try {
      await ask(`conversations/${encodeURIComponent(found.id)}`, {method: 'PATCH', body: {title}});
      await fill();
    } catch (error) {
      announce(error.message);
    }
  }

  async function remove(found) {
    if (!confirm(`Delete the conversation “${found.title}”?`)) return;
    try {
      await ask(`conversations/${encodeURIComponent(found.id)}`, {method: 'DELETE'});
      announce('Deleted.');
      if (found.id === now()) desk.trigger('clear', {});
      await fill();
      at('new-talk').focus();
    } catch (error) {
      announce(error.message);
    }
  }

  function follow() {
    const id = now();
    const place = new URL(location.href);
    if (id) place.searchParams.set('c', id);
    else place.searchParams.delete('c');
    history.replaceState(null, '', place);
    at('export').hidden = !id;
    for (const kind of ['md', 'json']) {
      at(`export-${kind}`).href = `footnote/conversations/${encodeURIComponent(id)}.${kind}`;
    }
    fill();
  }

  const close = () => document.dispatchEvent(new Event('footnote-close-side'));
  at('new-talk').addEventListener('click', () => {
    desk.trigger('clear', {});
    close();
    document.querySelector('#question textarea')?.focus();
  });
  // What the address names is shown first; until then it stays as it is.
  desk.watch('value', follow);
}

// A moment for a person: the time of today, else the day.
function when(iso) {
  const then = new Date(iso);
  const today = new Date().toDateString() === then.toDateString();
  return today ? then.toLocaleTimeString([], {hour: '2-digit', minute: '2-digit'})
    : then.toLocaleDateString([], {day: 'numeric', month: 'short', year: 'numeric'});
}
