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

  let first = true;
  function follow() {
    const id = now();
    const place = new URL(location.href);
    const named = place.searchParams.get('c') || '';
    if (first && named && !id) say('This conversation is not kept in this browser.');
    if (id) place.searchParams.set('c', id);
    else place.searchParams.delete('c');
    if (named !== id) history[first ? 'replaceState' : 'pushState'](null, '', place);
    first = false;
    at('export').hidden = !id;
    for (const kind of ['md', 'json']) {
      at(`export-${kind}`).href = `footnote/conversations/${encodeURIComponent(id)}.${kind}`;
    }
    fill();
  }

  // Back and forward go through the conversations that were shown.
  addEventListener('popstate', () => {
    const id = new URL(location.href).searchParams.get('c') || '';
    if (id !== now()) desk.trigger(id ? 'select' : 'clear', {conversation: id});
  });

  const close = () => document.dispatchEvent(new Event('footnote-close-side'));
  at('new-talk').addEventListener('click', () => {
    at('editing')?.querySelector('button').click();
    desk.trigger('clear', {});
    close();
    document.querySelector('#question textarea')?.focus();
  });
  // What the address names is shown first; until then it stays as it is.
  desk.watch('value', follow);
}

function say(sentence) {
  at('failed')?.remove();
  document.querySelector('#question').parentElement.before(
    el('div', {id: 'failed', role: 'alert'}, sentence));
}

// A moment for a person: the time of today, else the day.
function when(iso) {
  const then = new Date(iso);
  const today = new Date().toDateString() === then.toDateString();
  return today ? then.toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'})
    : then.toLocaleDateString('en-GB', {day: 'numeric', month: 'short', year: 'numeric'});
}
