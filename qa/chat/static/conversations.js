// The conversations tab: past conversations, a new one, and exports.

import {announce, byId, callServer, counted, el, iconButton, isolate, query, showNotice} from './dom.js';

const PAGE_SIZE = 50;  // Conversations listed at a time.

// The open conversation is not left while a question of it is being answered; `asking` is what
// `startAsking` returned.
export function startConversations(pageState, asking) {
  const list = byId('talk-list');
  const current = () => pageState.props.value.conversation;
  const changes = new BroadcastChannel('footnote-conversations');  // Between the tabs of a browser.
  let kept = [];        // all conversations, the last changed first
  let limit = Infinity;
  let most = Infinity;  // questions of a conversation that the page shows, the last ones
  let shown = PAGE_SIZE;
  let last = null;      // the conversation that was open when the list was filled
  let drawn = '';       // what the list shows, as JSON

  const earlier = el('p', {id: 'earlier', hidden: true});
  byId('conversation').before(earlier);

  async function fill() {
    try {
      ({conversations: kept, limit, shown: most} = await callServer('conversations'));
    } catch (error) {
      list.replaceChildren(el('li', {class: 'notice'}, error.message));
      drawn = '';
      return;
    }
    const open = kept.find((found) => found.id === current());
    byId('talk-title').textContent = open?.title || '';
    earlier.hidden = !(open?.turns > most);
    if (!earlier.hidden) {
      earlier.textContent = `The last ${counted(most, 'question')} of this conversation are shown and `
        + `printed; ${(open.turns - most).toLocaleString('en')} more before them are in its export.`;
    }
    document.title = open ? `${open.title} – Footnote` : 'Footnote';
    if (!open && last && last === current()) {
      showNotice('This conversation was deleted. Another question begins a new one.');
    }
    last = open?.id;
    byId('find-talk').hidden = kept.length < 8 && !byId('find-talk').value;
    const oldest = kept.length >= limit ? kept[kept.length - 1] : null;
    byId('talk-limit').hidden = !oldest;
    if (oldest) {
      byId('talk-limit').textContent = `${counted(limit, 'conversation')} are kept. The next new one `
        + `replaces the oldest: “${isolate(oldest.title)}” (${dayOf(oldest.changed)}).`;
      if (!current()) showNotice(byId('talk-limit').textContent, 'calm');
    }
    await show();
  }

  // List the conversations that hold the words that are sought, grouped by day.
  async function show() {
    const words = byId('find-talk').value.trim();
    let found = kept;
    try {
      if (words) ({conversations: found} = await callServer(`conversations?${query({words})}`));
    } catch (error) {
      showNotice(error.message);
      return;
    }
    if (words !== byId('find-talk').value.trim()) return;
    // A list that is drawn again loses the focus within it, and a click that has begun.
    const asDrawn = JSON.stringify([found, shown, words, current(), new Date().toDateString()]);
    if (asDrawn === drawn) return;
    drawn = asDrawn;
    const rows = found.slice(0, shown).flatMap((talk, number) => {
      const day = dayOf(talk.changed);
      const begins = !number || day !== dayOf(found[number - 1].changed);
      return [begins ? el('li', {class: 'day'}, day) : null, row(talk)].filter(Boolean);
    });
    const none = words ? 'No matching conversations.' :
      'No conversations yet. They are listed here once you ask a question.';
    list.replaceChildren(...(rows.length ? rows : [el('li', {class: 'empty'}, none)]));
    byId('more-talks').hidden = found.length <= shown;
  }

  function row(found) {
    const isOpen = found.id === current();
    return el('li', {class: isOpen ? 'now' : null, 'data-talk': found.id},
      el('button', {type: 'button', class: 'row', 'aria-current': isOpen ? 'true' : null,
        onclick: () => select(found)},
        el('span', {class: 'title', dir: 'auto'}, found.title),
        el('span', {class: 'from'}, timeOf(found.changed))),
      iconButton('edit', `Rename the conversation: ${found.title}`, () => rename(found)),
      iconButton('bin', `Delete the conversation: ${found.title}`, () => remove(found)));
  }

  function select(found) {
    if (!asking.isUnderWay()) pageState.trigger('select', {conversation: found.id});
    close();
  }

  async function rename(found) {
    const title = prompt('Name of the conversation', found.title)?.trim();
    if (!title || title === found.title) return;
    try {
      await callServer(`conversations/${encodeURIComponent(found.id)}`, {method: 'PATCH', body: {title}});
      changes.postMessage('changed');
      await fill();
      list.querySelector(`[data-talk="${CSS.escape(found.id)}"] .row`)?.focus();
    } catch (error) {
      showNotice(error.message);
    }
  }

  async function remove(found) {
    if (found.id === current() && asking.isUnderWay()) return;
    if (!confirm(`Delete the conversation “${isolate(found.title)}”?`)) return;
    try {
      await callServer(`conversations/${encodeURIComponent(found.id)}`, {method: 'DELETE'});
      announce('Conversation deleted.');
      changes.postMessage('changed');
      last = null;
      if (found.id === current()) pageState.trigger('clear', {});
      await fill();
      byId('new-talk').focus();
    } catch (error) {
      showNotice(error.message);
    }
  }

  let first = true;
  function follow() {
    const id = current();
    const place = new URL(location.href);
    const named = place.searchParams.get('c') || '';
    if (first && named && !id && !place.searchParams.has('cite')) showNotice('This conversation is not available in this browser.');
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
    if (id === current()) return;
    if (asking.isUnderWay()) follow();  // The address goes back to what is shown.
    else pageState.trigger(id ? 'select' : 'clear', {conversation: id});
  });

  const close = () => document.dispatchEvent(new Event('footnote-close-side'));
  byId('new-talk').addEventListener('click', () => {
    close();
    if (asking.isUnderWay()) return;
    byId('editing')?.querySelector('button').click();
    pageState.trigger('clear', {});
    document.querySelector('#question textarea')?.focus();
  });
  byId('find-talk').addEventListener('input', () => { shown = PAGE_SIZE; show(); });
  byId('more-talks').addEventListener('click', () => { shown += PAGE_SIZE; show(); });
  byId('print').addEventListener('click', () => { byId('export').open = false; print(); });
  // The list is fresh whenever it is looked at.
  byId('tab-talks').addEventListener('click', fill);
  addEventListener('focus', fill);
  changes.addEventListener('message', fill);
  // The conversation in the address is opened first; until then the address stays unchanged.
  pageState.watch('value', follow);
  if (pageState.props.value.moment) follow();
}

const timeOf = (iso) =>
  new Date(iso).toLocaleTimeString('en-GB', {hour: '2-digit', minute: '2-digit'});

function dayOf(iso) {
  const then = new Date(iso);
  const daysAgo = (number) => {
    const day = new Date();
    day.setDate(day.getDate() - number);
    return day.toDateString() === then.toDateString();
  };
  if (daysAgo(0)) return 'Today';
  if (daysAgo(1)) return 'Yesterday';
  return then.toLocaleDateString('en-GB', {day: 'numeric', month: 'long', year: 'numeric'});
}
