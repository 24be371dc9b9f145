"""One streamed request to an OpenAI-compatible server, within limits. The only importer of openai.

Sends nothing that identifies this machine, and turns whatever the server does wrong into an
`AttemptFailed`. Retries and the time of an attempt are left to `endpoint`.
"""

import os
from collections.abc import AsyncIterator, Sequence
from typing import Any

API_KEY_VARIABLE = "FOOTNOTE_LLM_KEY"
"""The environment variable that holds the API key; servers on this machine rarely need one."""

MAX_RESPONSE_BYTES = 4_000_000
"""Bytes of a response at most."""

_RETRYABLE_STATUSES = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})

Messages = Sequence[dict[str, str]]
"""The messages of a request: {"role": "system" or "user", "content": a text}."""


class AttemptFailed(Exception):
    """Why an attempt failed, in a sentence; whether to retry, and after how many seconds."""

    def __init__(self, reason: str, *, retryable: bool = True, delay: float = 0.0) -> None:
        super().__init__(reason)
        self.retryable, self.delay = retryable, delay


class _ResponseRefused(Exception):
    """A response is not read, or not to its end."""


async def open_stream(client: Any, model: str, messages: Messages, max_tokens: int) -> Any:
    """Return the stream of an answer; servers differ in their name for the limit of tokens."""
    import openai

    request = {"model": model, "messages": list(messages), "stream": True}
    try:
        return await client.chat.completions.create(
            **request, max_tokens=max_tokens, temperature=0.0
        )
    except openai.BadRequestError:
        return await client.chat.completions.create(**request, max_completion_tokens=max_tokens)


def make_client(url: str, *, connect_timeout: float, read_timeout: float) -> Any:
    """Return a client that sends only the headers it needs, and reads within limits.

    Proxies, keys, organisations and headers from the environment are ignored, and so are
    redirects.
    """
    import httpx2
    import openai

    key = os.environ.get(API_KEY_VARIABLE, "").strip()

    async def reduce_headers(request: httpx2.Request) -> None:
        headers = {
            name: request.headers[name]
            for name in ("host", "content-type", "content-length", "transfer-encoding")
            if name in request.headers
        }
        headers |= {"accept": "text/event-stream", "accept-encoding": "identity"}
        headers |= {"user-agent": "footnote", "connection": "close"}
        headers |= {"authorization": f"Bearer {key}"} if key else {}
        request.headers = httpx2.Headers(headers)

    async def limit_response(response: httpx2.Response) -> None:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise _ResponseRefused(
                "The language model's server sent a compressed response, which is not supported."
            )
        response.stream = _limit_stream(response.stream)

    http = openai.DefaultAsyncHttpxClient(
        trust_env=False,
        follow_redirects=False,
        timeout=httpx2.Timeout(read_timeout, connect=connect_timeout),
        event_hooks={"request": [reduce_headers], "response": [limit_response]},
    )
    return openai.AsyncOpenAI(api_key=key or "none", base_url=url, max_retries=0, http_client=http)


def _limit_stream(stream: Any) -> Any:
    """Return the stream of a response, which raises an error after MAX_RESPONSE_BYTES."""
    import httpx2

    class LimitedStream(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            left = MAX_RESPONSE_BYTES
            async for part in stream:
                left -= len(part)
                if left < 0:
                    raise _ResponseRefused(
                        "The language model's server sent too much data, and was stopped."
                    )
                yield part

        async def aclose(self) -> None:
            await stream.aclose()

    return LimitedStream()


def parse_event(event: Any) -> tuple[str, str, str]:
    """Return the text of a stream's event, its reasoning text, and why the stream ends, if it does.

    Fields of an unexpected type count as empty.
    """
    choices = event.choices
    if not isinstance(choices, list) or not choices:
        return "", "", ""
    delta, reason = choices[0].delta, choices[0].finish_reason
    text = getattr(delta, "content", None)
    reasoning = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
    return (
        text if isinstance(text, str) else "",
        reasoning if isinstance(reasoning, str) else "",
        reason if isinstance(reason, str) else "",
    )


def openai_errors() -> tuple[type[Exception], ...]:
    """Return every exception that a server can make the client raise."""
    import httpx2
    import openai

    return (
        *(openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, httpx2.InvalidURL),
        *(_ResponseRefused, TimeoutError, OSError),
        # Raised for events that are malformed, not JSON, or JSON of another shape.
        *(ValueError, TypeError, AttributeError, LookupError, RecursionError),
    )


def describe_error(error: Exception) -> AttemptFailed:
    """Return the failure that an exception means, without repeating anything the server sent."""
    import openai

    if isinstance(error.__cause__, _ResponseRefused):
        return AttemptFailed(str(error.__cause__), retryable=False)
    if isinstance(error, _ResponseRefused):
        return AttemptFailed(str(error), retryable=False)
    if isinstance(error, openai.APIStatusError):
        return _describe_status(error.status_code, error.response.headers.get("retry-after"))
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return AttemptFailed("The language model sent nothing for too long, and was stopped.")
    if isinstance(error, openai.APIConnectionError):
        return AttemptFailed(
            "The language model's server cannot be reached, or broke off. Is it running?"
        )
    return AttemptFailed("The response of the language model's server cannot be read.")


def _describe_status(status: int, retry_after: str | None) -> AttemptFailed:
    """Return the failure that a status means. The body is ignored: it may repeat the key."""
    why = {
        401: f"the API key is missing or wrong. Set ${API_KEY_VARIABLE}",
        403: f"the API key is not allowed to do this. Check ${API_KEY_VARIABLE}",
        404: "the address or the model does not exist there. Check --llm and --llm-model",
        429: "it is overloaded, or the account has no credit left",
    }.get(status, "it failed" if status >= 500 else "it does not accept the request")
    delay = (
        float(retry_after)
        if retry_after and retry_after.isdecimal() and len(retry_after) < 6
        else 0.0
    )
    return AttemptFailed(
        f"The language model's server answered {status}: {why}.",
        retryable=status in _RETRYABLE_STATUSES,
        delay=delay,
    )
