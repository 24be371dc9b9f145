"""The page: what stands where, and what happens on a question.

Gradio's chat and box are used as they are; around them stand three pieces of static HTML (the top,
the side, the source), which the scripts in static/ bring to life. Texts of documents, file names
and questions reach the page through `answers.plain`, or as JSON that the scripts show as text.
"""

import time
from functools import partial, wraps
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.context import LocalContext

import qa
from index.errors import FootnoteError
from qa.chat.access.guard import owner_of
from qa.chat.access.public_errors import told
from qa.chat.ask.chat import Talk
from qa.chat.ask.page_state import Desk
from qa.chat.ask.queue import Busy, Gone, asker_of
from qa.chat.routes.api import Call, calls

STATIC = Path(__file__).parent / "static"

HEAD = """
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="footnote/static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="footnote/static/page.css">
<script type="module" src="footnote/static/main.js"></script>
"""

_LOG_OUT = '<meta name="footnote-log-out" content="yes">'

_DESK = """
window.footnote = {trigger, props, watch};
window.dispatchEvent(new Event('footnote'));
"""

# What is asked is told to the page's script when it is really sent.
_SENDING = "(question, desk) => { window.footnote.sending(question); return [question, desk]; }"
_CHOSEN = "(desk) => { window.footnote.sending(''); return [desk]; }"

SESSIONS = 20
"""Open pages of which Gradio remembers the conversation that was shown. Nothing here needs it, and
whose page is forgotten notices nothing."""

_WANTED = """
(desk) => [{...desk, conversation: new URLSearchParams(location.search).get('c') || ''}]
"""


def mount_page(server: Any, talk: Talk, *, can_log_out: bool = False, prefix: str = "") -> Any:
    """Return a FastAPI application with the page over the index of `talk` at its root.

    `prefix` is the path under which browsers find that root, such as "/qa"; "" is that of the host.
    """
    _shut_files()
    return gr.mount_gradio_app(
        server,
        build_blocks(talk),
        path="/",
        root_path=prefix or None,
        head=HEAD + _LOG_OUT * can_log_out,
        favicon_path=str(STATIC / "favicon.svg"),
        theme=gr.themes.Base(font=["Inter", "system-ui", "sans-serif"], font_mono=["monospace"]),
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=True,
    )


def build_blocks(talk: Talk) -> gr.Blocks:
    """Return the page over the index of `talk`."""

    async def respond(question: object, value: object, request: gr.Request) -> tuple[Any, ...]:
        desk = Desk.of(value)
        if not isinstance(question, str) or not question.strip():
            return gr.skip(), gr.skip()
        call = partial(talk.ask, owner_of(request), desk, question)
        return await _answered(talk, request, desk, call, question)

    async def choose(value: object, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        asked = _plain(_plain(event._data).get("value")).get("text")
        return await respond(asked, value, request)

    async def again(value: object, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        desk, wanted = Desk.of(value), _plain(event._data).get("turn")
        call = partial(talk.again, owner_of(request), desk, wanted)
        return await _answered(talk, request, desk, call)

    def show(value: object, request: gr.Request, event: gr.EventData) -> tuple[Any, ...]:
        wanted = _plain(event._data).get("conversation")
        return restore({**_plain(value), "conversation": wanted}, request)

    def restore(value: object, request: gr.Request) -> tuple[Any, ...]:
        desk = Desk.of(value)
        messages = talk.messages(owner_of(request), desk)
        examples = [{"text": question} for question in talk.examples()]
        conversation = desk.conversation if messages else ""
        sent = {**_sent(talk, desk), "conversation": conversation, "editing": "", "alone": False}
        return gr.Chatbot(value=messages, examples=examples), sent

    def clear(value: object, request: gr.Request) -> tuple[Any, ...]:
        return restore({**_plain(value), "conversation": ""}, request)

    with gr.Blocks(title="Footnote", fill_height=True, fill_width=True) as blocks:
        _static("top.html", "masthead")
        with gr.Row(elem_id="desk"):
            _static("side.html", "aside")
            with gr.Column(elem_id="talk", min_width=0):
                conversation = gr.Chatbot(
                    elem_id="conversation",
                    show_label=False,
                    label="Conversation",
                    height=None,
                    placeholder="### Ask your documents\nEvery answer is a quotation, shown in its "
                    "place.",
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
            _static("source.html", "source")
            desk = gr.HTML(
                value=_sent(talk, Desk()),
                html_template="<span></span>",
                js_on_load=_DESK,
                elem_id="state",
                apply_default_css=False,
            )
        # Without the queue an answer takes one request, a third of the time.
        quick: dict[str, Any] = {
            "queue": False,
            "api_visibility": "private",
            "show_progress": "hidden",
            "outputs": [conversation, desk],
        }
        box.submit(respond, [box, desk], js=_SENDING, **quick)
        conversation.example_select(choose, [desk], js=_CHOSEN, **quick)
        desk.retry(again, [desk], js=_CHOSEN, **quick)
        desk.select(show, [desk], **quick)
        desk.clear(clear, [desk], **quick)
        desk.apply(restore, [desk], **quick)
        blocks.load(restore, [desk], js=_WANTED, **quick)
        for call in calls(talk):
            gr.api(_for_gradio(talk, call), api_name=call.__name__, queue=False)
    blocks.state_session_capacity = SESSIONS
    return blocks


async def _answered(
    talk: Talk, request: gr.Request, desk: Desk, call: Call, asked: str = ""
) -> tuple[Any, ...]:
    """Return what a call answers when it is its turn, or why it is not taken.

    What was asked then stays with the page, and how, to be sent again.
    """
    try:
        messages, desk = await talk.aside(asker_of(request), call)
    except Busy as busy:
        return gr.skip(), {**_sent(talk, desk), "busy": told(busy), "asked": asked}
    except Gone:
        return gr.skip(), gr.skip()
    return messages, _sent(talk, desk)


def _shut_files() -> None:
    """Keep Gradio from taking files, for which it would ask any server that a request names."""

    async def refuse(self: Any, url_or_file_path: Any) -> None:
        raise ValueError("No file is taken here.")

    gr.blocks.Block.async_move_resource_to_block_cache = refuse


def _for_gradio(talk: Talk, call: Call) -> Call:
    """Return a call whose errors Gradio passes on, to its own client and over MCP."""

    @wraps(call)
    async def safe(*arguments: Any, **named: Any) -> Any:
        try:
            asker = asker_of(LocalContext.request.get(None))
            return await talk.aside(asker, call, *arguments, **named)
        except FootnoteError as error:
            raise gr.Error(told(error), print_exception=False) from error

    return safe


def _static(name: str, elem_id: str) -> gr.HTML:
    return gr.HTML(
        html_template=(STATIC / name).read_text("utf-8"),
        js_on_load=None,
        elem_id=elem_id,
        apply_default_css=False,
    )


def _plain(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _sent(talk: Talk, desk: Desk) -> dict[str, Any]:
    """Return a desk as it is sent to the page, which sees by the moment that something came."""
    return {
        "moment": time.time(),
        "generation": talk.generation(),
        "conversation": desk.conversation,
        "documents": list(desk.documents),
        "editing": desk.editing,
        "alone": desk.alone,
    }
