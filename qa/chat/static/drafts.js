// Drafts: what is typed and not yet answered, kept for each conversation. One that is not saved yet
// has a draft for each tab of the browser; a new tab takes over that of a tab that was closed.

import {listStored, readStored, store} from './stored.js';

const DRAFT = 'footnote-draft:';
const UNSAVED = `${DRAFT}new-`;
const TAB = 'footnote-tab';
const MAX_DRAFTS = 500;   // Drafts that are kept; as many conversations are.
const ANSWER_TIME = 200;  // Milliseconds in which the other tabs say which drafts are theirs.

const makeId = () => `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
const began = readStored(TAB, 'sessionStorage');  // Set if the tab is reloaded, or a copy of another.
let tab = began || makeId();
store(TAB, tab, 'sessionStorage');

const others = new Set();  // Tabs that are open.
const tabs = new BroadcastChannel('footnote-tabs');
tabs.addEventListener('message', ({data}) => {
  if (data.tab) others.add(data.tab);
  else tabs.postMessage({tab});
});

// The key of the text in the box: that of a new question, or of the edited one, in a conversation.
export function draftKey({moment, conversation, editing, alone}) {
  // Until the server has answered, the conversation is the one in the address.
  const opened = moment ? conversation : new URLSearchParams(location.search).get('c');
  const start = opened ? DRAFT + opened : UNSAVED + tab;
  return [start, editing, alone && 'alone'].filter(Boolean).join('/');
}

// A draft is stored with the time of its last change, "1767225600000 text"; earlier ones without.
const parse = (value) => /^(?:(\d{13}) )?([^]*)$/.exec(value);

export const readDraft = (key) => parse(readStored(key))[2];

// Keep a draft; "" removes it. The oldest ones go where there are too many, or no room is left.
// Returns whether the browser stored it.
export function storeDraft(key, text) {
  if (!text) return store(key, '');
  if (!readStored(key)) for (const old of listDrafts().slice(MAX_DRAFTS - 1)) store(old, '');
  const value = `${Date.now()} ${text}`;
  if (store(key, value)) return true;
  const least = listDrafts().filter((other) => other !== key);
  while (least.length) {
    store(least.pop(), '');
    if (store(key, value)) return true;
  }
  return false;
}

// Return the keys of the drafts, the last changed first.
function listDrafts() {
  const changed = (key) => Number(parse(readStored(key))[1] || 0);
  return listStored(DRAFT).map((key) => [changed(key), key])
    .sort(([one], [other]) => other - one).map(([, key]) => key);
}

// Give the tab a draft of its own where it is a copy of one that is open, or has none yet and a tab
// that was closed left one. Resolves when this is done.
export async function settleTab() {
  tabs.postMessage({});
  await new Promise((settled) => setTimeout(settled, ANSWER_TIME));
  const own = UNSAVED + tab;
  if (began && others.has(tab)) {
    tab = makeId();
    store(TAB, tab, 'sessionStorage');
    storeDraft(UNSAVED + tab, readDraft(own));
  } else if (!began && !readDraft(own)) {
    // Earlier versions kept a single one.
    const isLeft = (key) => key === DRAFT ||
      (key.startsWith(UNSAVED) && !others.has(key.slice(UNSAVED.length).split('/')[0]));
    const left = listDrafts().find(isLeft);
    if (!left) return;
    storeDraft(own, readDraft(left));
    store(left, '');
  }
}
