// Asking: what is typed is kept for each conversation, a question is shown as soon as it is sent, one
// is answered at a time, and one that fails comes back into the box.

import {NO_RESPONSE, announce, byId, callServer, counted, el, hideNotice, logIn, setText,
  showNotice} from './dom.js';
import {draftKey, readDraft, settleTab, storeDraft} from './drafts.js';

export const UNDER_WAY = 'The question before is still being answered. Wait until its answer is here.';

// Returns `followDraft`, which shows the draft that belongs to the state of the page, and `isUnderWay`,
// which says whether a question is being answered, and tells the reader so.
export function startAsking(pageState, box) {
  const longest = Number(document.querySelector('meta[name="footnote-longest-question"]').content);
  const keyNow = () => draftKey(pageState.props.value);
  let key = keyNow();     // of the text in the box
  let pending = null;     // the question that is being answered: {text, key}
  let moment = pageState.props.value.moment;
  let example = '';
  let tooLong = false;
  let warned = false;
  let timer = null;
  let polling = null;

  // A question under way is kept with what is typed after it, since it may still fail.
  const keep = () => {
    const parts = [pending?.key === key ? pending.text : '', box().value];
    if (storeDraft(key, parts.filter(Boolean).join('\n')) || warned) return;
    warned = true;
    showNotice('This browser stores nothing here, so what you type is lost when you leave the page.');
  };
  const stop = () => {
    clearTimeout(timer);
    clearInterval(polling);
    document.body.classList.remove('asking');
    delete byId('talk').dataset.before;
    byId('pending')?.remove();
    const ended = pending;
    pending = null;
    return ended;
  };
  const fail = (message) => {
    const ended = stop();
    if (ended?.text && ended.key === key) setText(box(), readDraft(key));
    showNotice(message);
  };
  const showQueue = async () => {
    const {before} = await callServer('waiting').catch(() => ({before: 0}));
    if (before && pending) byId('talk').dataset.before = `${counted(before, 'question')} ahead of yours`;
    else delete byId('talk').dataset.before;
  };
  // Gradio calls this when it submits a question; see `_SEND` in page.py.
  window.footnote.sending = (question) => {
    stop();
    hideNotice();
    pending = {text: question.trim() || example, key};
    example = '';
    if (pending.text) {
      keep();
      document.querySelector('#question').parentElement.before(
        el('div', {id: 'pending'}, el('p', {class: 'asked', dir: 'auto'}, pending.text)));
      if (question) setTimeout(() => setText(box(), ''), 0);
      showEnd();
    }
    timer = setTimeout(() => {
      document.body.classList.add('asking');
      announce('Searching the documents.');
      polling = setInterval(showQueue, 1000);
    }, 250);
  };

  // Show the draft of the conversation, or of the question edited, that is open now.
  const followDraft = (answered) => {
    const before = key;
    key = keyNow();
    if (answered) storeDraft(answered.key, '');
    if (answered?.key === before && box().value) keep();  // It was typed while waiting.
    else if (answered || key !== before) setText(box(), readDraft(key));
  };
  pageState.watch('value', () => {
    const {failed, asked, answered, moment: now} = pageState.props.value;
    if (now === moment) return followDraft(null);
    moment = now;
    if (failed) {
      if (pending) pending.text ||= asked;
      return fail(failed);
    }
    if (answered) hideNotice();
    followDraft(answered ? stop() : null);
    if (!pageState.props.value.editing) byId('editing')?.remove();
  });
  if (readDraft(key)) setText(box(), readDraft(key));
  settleTab().then(() => {
    key = keyNow();
    if (!box().value && !pending) setText(box(), readDraft(key));
  });

  const isUnderWay = () => {
    if (pending) showNotice(UNDER_WAY, 'calm');
    return Boolean(pending);
  };
  // Say what keeps a question from being sent; return whether something does.
  const isHeld = () => {
    if (isUnderWay()) return true;
    const length = [...box().value].length;
    const excess = length - longest;
    if (excess > 0) {
      showNotice(`This question has ${counted(length, 'character')}, ${excess.toLocaleString('en')} `
        + `more than the ${longest.toLocaleString('en')} that can be asked. Shorten it.`);
    }
    return excess > 0;
  };
  // Gradio submits an empty box too.
  const isSendable = () => box().value.trim() && !isHeld();
  const stopEvent = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  document.addEventListener('keydown', (event) => {
    if (event.target !== box() || event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    if (!isSendable()) stopEvent(event);
  }, true);
  document.addEventListener('click', (event) => {
    const chosen = event.target.closest?.(':is(#conversation, #panel) .example');
    const sends = event.target.closest?.('#question .submit-button');
    if (chosen ? isUnderWay() : sends && !isSendable()) stopEvent(event);
    else if (chosen) example = chosen.dataset.question || chosen.innerText.trim();
  }, true);
  document.addEventListener('input', (event) => {
    if (event.target !== box()) return;
    keep();
    const long = box().value.length > longest && !pending;
    if (long) isHeld();
    else if (tooLong) hideNotice();
    tooLong = long;
  });

  const fetched = window.fetch;
  window.fetch = async (...request) => {
    const isQuestion = String(request[0]?.url || request[0]).includes('/gradio_api/run/');
    try {
      const answer = await fetched(...request);
      if (isQuestion && answer.status === 401) logIn();  // The session has ended.
      else if (isQuestion && !answer.ok) fail('The question could not be answered. Please try again.');
      return answer;
    } catch (error) {
      if (isQuestion) fail(NO_RESPONSE);
      throw error;
    }
  };

  // Go to the last question when it is sent, when it is answered, and when a conversation is opened.
  const showEnd = () => setTimeout(() => {
    const frame = document.querySelector('#conversation .bubble-wrap');
    const last = [...document.querySelectorAll('#conversation .user-row')].pop();
    if (byId('pending') && frame) frame.scrollTop = frame.scrollHeight;
    else if (last) frame.scrollTop += last.getBoundingClientRect().top - frame.getBoundingClientRect().top - 8;
  }, 50);
  let rows = 0;
  new MutationObserver(() => {
    const now = document.querySelectorAll('#conversation .message-row').length;
    if (now !== rows) showEnd();
    rows = now;
  }).observe(byId('conversation'), {childList: true, subtree: true});

  return {followDraft, isUnderWay};
}
