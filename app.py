"""The web chat: a question, its answer, and the source beside it with the cited words marked.

`python app.py` does what `footnote chat` does. Where there is no index yet, one is built from
seeds/. Everything but asking is presentation: answers come from `qa`, documents from `index`.
First comes the server, then what it says, then how that looks: the page's script and style are
kept with what they act on, which is why this is one long file.
"""

import argparse
import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import index
import qa
from index.documents import page_of, shorten
from index.embed import load_encoder
from index.errors import FootnoteError, IndexNotFound
from index.generation import Generation, open_index
from qa.cli import main
from qa.progress import shown_progress
from qa.reader import Reader, load_reader
from ui.guard import guarded
from ui.listen import bind, serve, url_of
from ui.login import login_of

SEEDS = Path(__file__).resolve().parent / "seeds"
SHOWN = 200_000
"""Characters of a source shown on either side of what is cited."""

Message = dict[str, Any]


def footnote() -> None:
    """Run the `footnote` command."""
    sys.exit(main(None, chat))


def chat(arguments: argparse.Namespace) -> None:
    """Serve the chat until it is interrupted."""
    # Gradio looks up its own news and version otherwise.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    login = login_of(arguments)
    listener = bind(arguments.host, arguments.port)
    print("Starting; the first start takes some seconds.", file=sys.stderr)
    with _warming_up():
        try:
            open_index(arguments.index)
        except IndexNotFound:
            print(f"No index yet: building one from {SEEDS}", file=sys.stderr)
            with shown_progress() as progress:
                index.build([SEEDS], index=arguments.index, progress=progress)
        generation = open_index(arguments.index)
        load_encoder(generation.manifest.encoder.name)
        load_reader(arguments.reader)
    page = build_page(arguments.index, threshold=arguments.threshold, reader=arguments.reader)
    print(f"Footnote answers at {url_of(listener, arguments.host)}", file=sys.stderr)
    host, names = arguments.host, arguments.host_name
    serve(guarded(page, host=host, host_names=names, login=login), listener)


@contextlib.contextmanager
def _warming_up() -> Iterator[None]:
    """Import the page's framework while the block loads the encoder; both take seconds."""
    thread = threading.Thread(target=__import__, args=("gradio",), daemon=True)
    thread.start()
    yield
    thread.join()


def build_page(
    folder: str | None = None, *, threshold: float = qa.THRESHOLD, reader: str = qa.EMBEDDED
) -> Any:
    """Return the chat as an ASGI application over the index in `folder`."""
    import gradio as gr
    from fastapi import FastAPI

    suggested = qa.suggest(open_index(folder), reader=reader)
    examples = [{"text": question} for question in suggested]

    def ask(question: str) -> str:
        return reply(question, folder, threshold=threshold, reader=reader)

    def respond(question: str, history: list[Message]) -> Iterator[tuple[str, list[Message]]]:
        if not question.strip():
            yield gr.skip(), gr.skip()
            return
        history = [*history, {"role": "user", "content": plain(question)}]
        yield "", history
        # The box is left alone from here on: the next question may be in it already.
        answer = {"role": "assistant", "content": ask(question)}
        yield gr.skip(), [*history, answer]

    def choose(event: gr.SelectData, history: list[Message]) -> Iterator[tuple[str, list[Message]]]:
        yield from respond(event.value["text"], history)

    def source(wanted: object) -> dict[str, Any]:
        try:
            return source_view(open_index(folder), wanted)
        except FootnoteError as error:
            return {"error": str(error)}

    with gr.Blocks(title="Footnote", fill_height=True, fill_width=True) as blocks:
        gr.HTML(
            "<h1>Footnote</h1><p>Answers from your documents, each with the sentence that says so."
            "</p>",
            elem_id="masthead",
        )
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk", min_width=0):
                conversation = gr.Chatbot(
                    elem_id="conversation",
                    show_label=False,
                    label="Conversation",
                    height=None,
                    examples=examples,
                    placeholder="### Ask the documents"
                    + ("\nOr begin with one of these:" * bool(examples)),
                    buttons=[],
                    feedback_options=None,
                    sanitize_html=True,
                    allow_tags=False,
                    latex_delimiters=[],
                    group_consecutive_messages=False,
                )
                box = gr.Textbox(
                    elem_id="question",
                    show_label=False,
                    label="Question",
                    placeholder="Ask a question",
                    submit_btn=True,
                    autofocus=True,
                    max_lines=6,
                    max_length=qa.MAX_QUESTION,
                )
            gr.HTML(
                html_template=_PANEL,
                js_on_load=_SCRIPT,
                server_functions=[source],
                elem_id="source",
                apply_default_css=False,
            )
        inputs, outputs = [box, conversation], [box, conversation]
        box.submit(respond, inputs, outputs, api_visibility="private", concurrency_limit=4)
        conversation.example_select(
            choose, [conversation], outputs, api_visibility="private", concurrency_limit=4
        )
    return gr.mount_gradio_app(
        FastAPI(),
        blocks,
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        head=f"<style>{_STYLE}</style>",
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
    )


def reply(
    question: str,
    folder: str | None,
    *,
    threshold: float = qa.THRESHOLD,
    reader: Reader | str = qa.EMBEDDED,
) -> str:
    """Return what the chat says to a question, as Markdown in which no text of others is markup."""
    try:
        answer = qa.ask(question, index=folder, threshold=threshold, reader=reader)
    except FootnoteError as error:
        return f'<div class="notice">{plain(str(error))}</div>'
    if answer.answered:
        return _shown(answer)
    near = "\n".join(
        f"{number}. [{plain(shorten(c.quote, 300))}]({_link(c)})"
        f'\n   <span class="from">{plain(_place(c))}</span>'
        for number, c in enumerate(answer.near, 1)
    )
    return (
        f'<div class="not-found"><strong>{plain(qa.NOT_FOUND)}</strong> '
        f"The nearest sentences, which may not answer:</div>\n\n{near}"
    )


def _shown(answer: qa.Answer) -> str:
    """Return an answer as Markdown: its words, then the sentences that they stand in."""
    whole = len(answer.citations) == 1 and answer.text == answer.citations[0].quote
    quotes = [
        f"{_marked(citation)} [{number}]({_link(citation)})"
        for number, citation in enumerate(answer.citations, 1)
    ]
    lines = quotes if whole else [f"**{plain(answer.text)}**", *quotes]
    if answer.conflicting:
        lines.append('<div class="notice">Other passages say otherwise:</div>')
        lines += [
            f"**{plain(citation.words)}**: {_marked(citation)} [{number}]({_link(citation)})"
            for number, citation in enumerate(answer.conflicting, len(quotes) + 1)
        ]
    places = "; ".join(dict.fromkeys(_place(citation) for citation in answer.citations))
    lines.append(
        f'<div class="from">{plain(places)} · {answer.probability:.0%} likely to be right</div>'
    )
    return "\n\n".join(lines)


def _marked(citation: qa.Citation) -> str:
    """Return the quotation of a citation with those of its words that answer set in bold."""
    start = citation.answer_start - citation.start
    end = citation.answer_end - citation.start
    before, words, after = citation.quote[:start], citation.quote[start:end], citation.quote[end:]
    if not (before or after):
        return plain(words)
    return f"{plain(before)}{' ' * before[-1:].isspace()}<b>{plain(words)}</b>" + (
        " " * after[:1].isspace() + plain(after)
    )


def _link(citation: qa.Citation) -> str:
    document = quote(citation.document_id, safe="")
    return f"#cite={document}:{citation.start}:{citation.end}"


def _place(citation: qa.Citation) -> str:
    page = f", page {citation.page}" if citation.page else ""
    also = f"; also in {', '.join(citation.also)}" if citation.also else ""
    return f"{citation.title}{page}{also}"


def source_view(generation: Generation, wanted: object) -> dict[str, Any]:
    """Return a document's text in three parts, the middle one being the range asked for.

    `wanted` comes from a browser: anything but [document id, start, end] of a range that is there
    is answered with "error". The cut is made here, because a browser counts UTF-16 units.
    """
    match wanted:
        case [str(document_id), int(start), int(end)]:
            pass
        case _:
            return {"error": "This is not a citation. Choose one in the chat."}
    try:
        document = generation.document_by_id(document_id)
    except KeyError:
        return {"error": "This document is no longer in the index. Ask again."}
    if not 0 <= start < end <= len(document.text):
        return {"error": "This passage is no longer where it was. Ask again."}
    page = page_of(document.page_starts, start)
    first, last = max(0, start - SHOWN), min(len(document.text), end + SHOWN)
    return {
        "title": document.title,
        "where": f"{document.id}{f', page {page}' if page else ''}, characters {start} to {end}",
        "before": ("…" if first else "") + document.text[first:start],
        "marked": document.text[start:end],
        "after": document.text[end:last] + ("…" if last < len(document.text) else ""),
    }


def plain(text: str) -> str:
    """Return text that Markdown and HTML show as it is, on one line.

    >>> plain("<b>*5*")
    '&#60;b&#62;&#42;5&#42;'
    """
    return "".join(
        c if c.isalnum() or c == " " or ord(c) > 127 else f"&#{ord(c)};"
        for c in " ".join(text.split())
    )


_PANEL = """
<aside id="panel" aria-label="Source">
  <header>
    <div><h2 id="panel-title" tabindex="-1">Source</h2><p id="panel-where"></p></div>
    <button id="panel-close" type="button" aria-label="Close the source">&#215;</button>
  </header>
  <div id="panel-text" tabindex="0" aria-label="Text of the source"><p class="empty">
Choose the number after an answer to see its sentence here, in its place.</p></div>
</aside>
"""

# Document text reaches the page as text nodes only, so nothing in it is ever markup.
_SCRIPT = """
const at = (part) => element.querySelector('#panel' + part);
const [panel, title, where, text] = ['', '-title', '-where', '-text'].map(at);
let opener = null;

async function open(link) {
  const [id, start, end] = link.getAttribute('href').split('#cite=')[1].split(':');
  const found = await server.source([decodeURIComponent(id), Number(start), Number(end)]);
  opener = link;
  title.textContent = found.error ? 'Source' : found.title;
  where.textContent = found.error ? '' : found.where;
  if (found.error) {
    text.textContent = found.error;
  } else {
    const mark = document.createElement('mark');
    mark.textContent = found.marked;
    text.replaceChildren(found.before, mark, found.after);
  }
  panel.classList.add('open');
  const mark = text.querySelector('mark');
  if (mark) {
    const room = text.clientHeight - mark.offsetHeight;
    text.scrollTop = mark.offsetTop - Math.max(16, room / 3);
  }
  title.focus({preventScroll: true});
}

function close() {
  panel.classList.remove('open');
  if (opener) opener.focus();
}

document.addEventListener('click', (event) => {
  const link = event.target.closest && event.target.closest('a[href*="#cite="]');
  if (!link) return;
  event.preventDefault();
  event.stopPropagation();
  open(link);
}, true);

document.addEventListener('keydown', (event) => {
  const typing = event.target.closest('input, textarea, [contenteditable]');
  const box = document.querySelector('#question textarea');
  if (event.key === '/' && !typing && box) {
    event.preventDefault();
    box.focus();
  } else if (event.key === 'Escape' && panel.classList.contains('open')) {
    close();
  }
});
at('-close').addEventListener('click', close);

// The chat's sanitiser drops names for screen readers; they are given again here.
new MutationObserver(() => {
  for (const link of document.querySelectorAll('a[href*="#cite="]:not([aria-label])')) {
    const number = /^\\d+$/.test(link.textContent);
    link.classList.toggle('mark-number', number);
    const name = number ? 'Show the source of citation' : 'Show in its source:';
    link.setAttribute('aria-label', `${name} ${link.textContent}`);
    link.removeAttribute('target');
  }
  document.querySelector('#question button.submit-button')?.setAttribute('aria-label', 'Send');
}).observe(document.body, {childList: true, subtree: true});
"""

_STYLE = """
:root { --paper: #fbfaf7; --sheet: #ffffff; --ink: #1d2528; --soft: #59666b; --line: #e2e0d8;
  --accent: #0b5d62; --accent-soft: #e3f0ef; --marked: #ffe596; --warn: #7a4a07;
  --warn-soft: #fbf0dc; --reading: Charter, "Bitstream Charter", Cambria, Georgia, serif; }
.dark { --paper: #14191b; --sheet: #1b2225; --ink: #e7ecec; --soft: #a3b0b4; --line: #30393d;
  --accent: #7fd0cd; --accent-soft: #1f3a3b; --marked: #6b5612; --warn: #f0c987;
  --warn-soft: #37291a; }
html body, gradio-app, .gradio-container { background: var(--paper) !important; color: var(--ink); }
.gradio-container { width: 100%; max-width: 1360px !important; margin: 0 auto !important;
  height: 100dvh; padding: 0 !important; }
.gradio-container main { width: 100%; height: 100dvh; box-sizing: border-box;
  padding: 14px 24px 18px !important; max-width: none !important; }
.gradio-container > .main { padding: 0 !important; }
.gradio-container .html-container { padding: 0; }
#masthead { flex: 0 0 auto; }
#masthead h1 { font: 600 22px/1.2 var(--reading); margin: 0; color: var(--ink); }
#masthead p { font-size: 14px; margin: 2px 0 0; color: var(--soft); }
#desk { flex: 1 1 0; min-height: 0; gap: 20px; flex-wrap: nowrap; align-items: stretch; }
#talk { flex: 1 1 58%; min-width: 0 !important; gap: 12px; height: 100%; }
#conversation { flex: 1 1 0; min-height: 0; border: 1px solid var(--line); border-radius: 12px;
  background: var(--sheet); }
#conversation .message-wrap, #conversation .bubble-wrap { background: transparent; }
#conversation .message { font-size: 16px; line-height: 1.55; }
#conversation .user, #conversation .bot { border: 0; box-shadow: none; color: var(--ink); }
#conversation .user { background: var(--accent-soft); }
#conversation .bot { background: transparent; font-family: var(--reading); font-size: 17px; }
#conversation .message .prose, #conversation .message .prose * { color: inherit; opacity: 1; }
#conversation .from { margin-top: 6px; font: 13px/1.4 system-ui, sans-serif; }
#conversation .message .prose .from { color: var(--soft); }
#conversation .not-found, #conversation .notice { font: 15px/1.5 system-ui, sans-serif;
  background: var(--warn-soft); border-left: 3px solid var(--warn); padding: 8px 12px;
  border-radius: 6px; }
#conversation .not-found ~ ol { font: 14px/1.5 system-ui, sans-serif; }
#conversation .message .prose a { color: var(--accent); text-decoration: none; }
#conversation .message .prose a:hover { text-decoration: underline; }
#conversation .message .prose a.mark-number { display: inline-grid; place-items: center;
  min-width: 22px; height: 22px; padding: 0 4px; border-radius: 11px; background: var(--accent);
  color: var(--sheet); font: 600 12px/1 system-ui, sans-serif; vertical-align: 2px; }
#conversation a:focus-visible, #panel :focus-visible { outline: 2px solid var(--accent);
  outline-offset: 2px; }
#panel-title:focus { outline: none; }
#conversation .placeholder-content { background: transparent; }
#conversation .example { border: 1px solid var(--line); border-radius: 10px; text-align: left;
  background: var(--paper); color: var(--ink); }
#conversation .example:hover { border-color: var(--accent); }
#question { flex: 0 0 auto; border: 1px solid var(--line); border-radius: 12px;
  background: var(--sheet); padding: 4px; }
#question textarea { font-size: 16px; background: transparent; color: var(--ink); }
#question textarea::placeholder { color: var(--soft); }
#question:focus-within { border-color: var(--accent); }
#question button.submit-button { border-radius: 50%; background: var(--accent);
  color: var(--sheet); }
#source { flex: 1 1 42%; min-width: 0; height: 100%; padding: 0; overflow: visible; }
#source .html-container, #source .html-container > div { height: 100%; padding: 0; }
#panel { display: flex; flex-direction: column; height: 100%; box-sizing: border-box;
  background: var(--sheet); border: 1px solid var(--line); border-radius: 12px; color: var(--ink); }
#panel header { display: flex; justify-content: space-between; gap: 12px; padding: 12px 16px;
  border-bottom: 1px solid var(--line); }
#panel h2 { font: 600 16px/1.3 system-ui, sans-serif; margin: 0; color: var(--ink);
  overflow-wrap: anywhere; }
#panel header p { font-size: 13px; margin: 2px 0 0; color: var(--soft); overflow-wrap: anywhere; }
#panel-close { display: none; width: 40px; height: 40px; flex: none; border: 0; border-radius: 8px;
  background: transparent; color: var(--soft); font-size: 24px; line-height: 1; cursor: pointer; }
#panel.open #panel-close { display: block; }
#panel-text { position: relative; flex: 1 1 0; min-height: 0; overflow-y: auto; padding: 16px;
  white-space: pre-wrap; overflow-wrap: anywhere; font: 16px/1.6 var(--reading);
  color: var(--ink); }
#panel-text mark { background: var(--marked); color: inherit; border-radius: 3px;
  box-decoration-break: clone; -webkit-box-decoration-break: clone; padding: 1px 0; }
#panel-text .empty { margin: 0; white-space: normal; color: var(--soft);
  font: 15px/1.5 system-ui, sans-serif; }
@media (max-width: 860px) {
  .gradio-container main { padding: 10px 12px 12px !important; }
  #masthead p { display: none; }
  #desk { gap: 0; }
  #source { flex: 0 0 0; width: 0; }
  #panel { display: none; position: fixed; z-index: 2000; inset: 42dvh 0 0 0; height: auto;
    border-radius: 16px 16px 0 0; box-shadow: 0 -8px 30px rgb(0 0 0 / 25%); }
  #panel.open { display: flex; }
}
"""

if __name__ == "__main__":
    sys.exit(main(["chat", *sys.argv[1:]], chat))
