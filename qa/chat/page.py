"""The page: its layout and its event handlers.

Gradio provides the chat and the question box. Three pieces of static HTML stand around them (top
bar, side panel, source panel), which the scripts in static/ control. Texts of documents, file names
and questions reach the page through `escape_text`, or as JSON that the scripts insert as text.
"""

import time
from collections.abc import Sequence
from functools import partial, wraps
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.context import LocalContext
from starlette.concurrency import run_in_threadpool

import qa
from index.errors import FootnoteError
from index.store.generation import index_folder
from qa.chat.access.guard import get_owner
from qa.chat.access.public_errors import public_message
from qa.chat.ask.chat import Chat
from qa.chat.ask.page_state import PageState
from qa.chat.ask.queue import Disconnected, client_of
from qa.chat.routes.api import Call, create_endpoints
from qa.chat.routes.mcp import join_arguments, send_json

STATIC = Path(__file__).parent / "static"

HEAD = f"""
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="footnote/static/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="footnote/static/page.css">
<link rel="stylesheet" href="footnote/static/each.css">
<script type="module" src="footnote/static/main.js"></script>
<meta name="footnote-longest-question" content="{qa.MAX_QUESTION}">
"""

_LOG_OUT = '<meta name="footnote-log-out" content="yes">'

_ON_LOAD = """
window.footnote = {trigger, props, watch};
window.dispatchEvent(new Event('footnote'));
"""

# Notify the page script when the question is submitted; an empty one is not answered.
_SEND = """
(question, state) => {
  if (question?.trim()) window.footnote.sending?.(question);
  return [question, state];
}
"""
_SEND_OTHER = "(state) => { window.footnote.sending?.(''); return [state]; }"

MAX_PAGE_SESSIONS = 20
"""Pages whose session state Gradio keeps in memory. The chat does not use that state, so a page
works on when its session is dropped."""

QUEUE_SECONDS = 0.05
"""How often Gradio looks at its own queue, which only programs that call through its client use. By
default it does so a thousand times a second, which keeps a tenth of a slow core busy while nobody
asks."""

_FROM_ADDRESS = """
(state) => [{...state, conversation: new URLSearchParams(location.search).get('c') || ''}]
"""


def mount_page(server: Any, chat: Chat, *, can_log_out: bool, prefix: str) -> Any:
    """Mount the page at the root of a FastAPI application, and return the application.

    `prefix` is the path under which browsers reach that root, such as "/qa"; "" for the host's.
    """
    _disable_file_inputs()
    _quote_no_inputs()
    blocks = build_blocks(chat)
    mounted = gr.mount_gradio_app(
        server,
        blocks,
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
    send_json(blocks.mcp_server_obj)
    return mounted


def build_blocks(chat: Chat) -> gr.Blocks:
    """Return the page that asks `chat`."""

    async def respond(question: object, value: object, request: gr.Request) -> tuple[Any, ...]:
        state = PageState.parse(value)
        if not isinstance(question, str) or not question.strip():
            return gr.skip(), gr.skip()
        call = partial(chat.ask, get_owner(request), state, question)
        return await _run_call(chat, request, state, call, question)

    async def ask_example(
        value: object, request: gr.Request, event: gr.EventData
    ) -> tuple[Any, ...]:
        question = _as_dict(_as_dict(event._data).get("value")).get("text")
        return await respond(question, value, request)

    async def answer_again(
        value: object, request: gr.Request, event: gr.EventData
    ) -> tuple[Any, ...]:
        state, turn_id = PageState.parse(value), _as_dict(event._data).get("turn")
        owner = get_owner(request)
        question = await run_in_threadpool(chat.question_of, owner, turn_id)
        call = partial(chat.answer_again, owner, state, turn_id)
        return await _run_call(chat, request, state, call, question, keep_question=False)

    def open_conversation(
        value: object, request: gr.Request, event: gr.EventData
    ) -> tuple[Any, ...]:
        conversation = _as_dict(event._data).get("conversation")
        return restore({**_as_dict(value), "conversation": conversation}, request)

    def restore(value: object, request: gr.Request) -> tuple[Any, ...]:
        state = PageState.parse(value)
        messages = chat.messages(get_owner(request), state)
        examples = [{"text": question} for question in chat.examples.questions()]
        shown = PageState(state.conversation if messages else "", state.documents)
        return gr.Chatbot(value=messages, examples=examples), _state_record(chat, shown)

    def clear(value: object, request: gr.Request) -> tuple[Any, ...]:
        return restore({**_as_dict(value), "conversation": ""}, request)

    with gr.Blocks(title="Footnote", fill_height=True, fill_width=True) as blocks:
        _static_html("top.html", "masthead")
        with gr.Row(elem_id="desk"):
            _static_html("side.html", "aside")
            with gr.Column(elem_id="talk", min_width=0):
                conversation = gr.Chatbot(
                    elem_id="conversation",
                    show_label=False,
                    label="Conversation",
                    height=None,
                    placeholder="## Ask your documents\nEvery answer is a quotation that you can "
                    "check in its source.",
                    buttons=[],
                    feedback_options=None,
                    sanitize_html=True,
                    allow_tags=False,
                    latex_delimiters=[],
                    group_consecutive_messages=False,
                    autoscroll=False,
                )
                box = gr.Textbox(
                    elem_id="question",
                    show_label=False,
                    label="Question",
                    placeholder="Ask a question",
                    submit_btn=True,
                    autofocus=True,
                    max_lines=6,
                )
            _static_html("source.html", "source")
            page_state = gr.HTML(
                value={**_state_record(chat, PageState()), "moment": 0},
                html_template="<span></span>",
                js_on_load=_ON_LOAD,
                elem_id="state",
                apply_default_css=False,
            )
        # Without Gradio's queue an answer takes one request and a third of the time.
        unqueued: dict[str, Any] = {
            "queue": False,
            "api_visibility": "private",
            "show_progress": "hidden",
            "outputs": [conversation, page_state],
        }
        box.submit(respond, [box, page_state], js=_SEND, **unqueued)
        conversation.example_select(ask_example, [page_state], js=_SEND_OTHER, **unqueued)
        page_state.example_select(ask_example, [page_state], js=_SEND_OTHER, **unqueued)
        page_state.retry(answer_again, [page_state], js=_SEND_OTHER, **unqueued)
        page_state.select(open_conversation, [page_state], **unqueued)
        page_state.clear(clear, [page_state], **unqueued)
        page_state.apply(restore, [page_state], **unqueued)
        blocks.load(restore, [page_state], js=_FROM_ADDRESS, **unqueued)
        for call in create_endpoints(chat):
            gr.api(_gradio_endpoint(chat, call), api_name=call.__name__, queue=False)
    blocks.state_session_capacity = MAX_PAGE_SESSIONS
    blocks._queue.sleep_when_free = QUEUE_SECONDS
    blocks._queue.progress_update_sleep_when_free = QUEUE_SECONDS
    return blocks


async def _run_call(
    chat: Chat,
    request: gr.Request,
    state: PageState,
    call: Call,
    question: str,
    *,
    keep_question: bool = True,
) -> tuple[Any, ...]:
    """Queue a call and return its messages and state.

    If the call fails, or the queue is full, the page gets the reason and keeps the question and the
    state, so that it can be sent again.
    """
    try:
        messages, state = await chat.run_queued(client_of(request), question, call)
    except Disconnected:
        return gr.skip(), gr.skip()
    except FootnoteError as error:
        return gr.skip(), {
            **_state_record(chat, state),
            "failed": public_message(error, index_folder(chat.folder)),
            "asked": question * keep_question,
        }
    return messages, {**_state_record(chat, state), "answered": True}


def _disable_file_inputs() -> None:
    """Refuse Gradio's file inputs: it would fetch them from any server that a request names."""

    async def refuse(self: Any, url_or_file_path: Any) -> None:
        raise ValueError("Files are not accepted here.")

    gr.blocks.Block.async_move_resource_to_block_cache = refuse


def _quote_no_inputs() -> None:
    """Refuse a call with too few values by a sentence: Gradio would print the values, which may be
    a question, with a traceback.
    """

    def check(self: Any, block_fn: Any, inputs: Sequence[Any]) -> None:
        needed = len(block_fn.inputs)
        if len(inputs) < needed:
            sentence = f"{block_fn.name} takes {needed} values, but {len(inputs)} came."
            raise gr.Error(sentence, print_exception=False)

    gr.Blocks.validate_inputs = check


def _gradio_endpoint(chat: Chat, call: Call) -> Call:
    """Wrap a call so that Gradio passes its errors on to its own client and over MCP."""

    @wraps(call)
    async def safe(*arguments: Any, **named: Any) -> Any:
        try:
            client = client_of(LocalContext.request.get(None))
            question = named["question"] if "question" in named else next(iter(arguments), "")
            return await chat.run_queued(client, question, partial(call, *arguments, **named))
        except FootnoteError as error:
            raise gr.Error(public_message(error), print_exception=False) from error

    safe.__doc__ = join_arguments(call.__doc__ or "")
    return safe


def _static_html(name: str, elem_id: str) -> gr.HTML:
    return gr.HTML(
        html_template=(STATIC / name).read_text("utf-8"),
        js_on_load=None,
        elem_id=elem_id,
        apply_default_css=False,
    )


def _as_dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _state_record(chat: Chat, state: PageState) -> dict[str, Any]:
    """Return a state as sent to the page; its time shows the page that an answer has arrived."""
    return {
        "moment": time.time(),
        "generation": chat.generation(),
        "conversation": state.conversation,
        "documents": list(state.documents),
        "editing": state.editing,
        "alone": state.alone,
    }
