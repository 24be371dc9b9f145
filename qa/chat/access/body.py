"""Read the body of a request whole, within a limit, and hand it on."""

import asyncio

from starlette.types import Message, Receive, Scope

from qa.chat.access.request import get_header

MAX_SILENCE = 60.0
"""Seconds without a byte after which a request whose body is not whole is given up."""

CLOSING = {"connection": "close"}
"""Has the server close the connection after a response: what is left of a body would follow."""


class BodyStalled(Exception):
    """A client sent a part of a body and then nothing for `MAX_SILENCE` seconds."""

    def __str__(self) -> str:
        return f"Nothing of the request came for {MAX_SILENCE:.0f} seconds. Send it again."


def within_silence(receive: Receive) -> Receive:
    """Return a `receive` that raises `BodyStalled` where a client falls silent within a body.

    Once the body is whole it waits as long as the response takes.
    """
    is_whole = False

    async def receive_in_time() -> Message:
        nonlocal is_whole
        if is_whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), MAX_SILENCE)
        except TimeoutError:
            raise BodyStalled from None
        is_whole = not message.get("more_body", False)
        return message

    return receive_in_time


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes | None:
    """Return the body of a request; None if it exceeds `limit` bytes or is incomplete."""
    length = get_header(scope, b"content-length") or "0"
    if not length.isdecimal() or len(length) > 15 or int(length) > limit:
        return None
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if message["type"] == "http.disconnect" or len(body) > limit:
            return None
    return bytes(body)


def replay_body(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body which was already read, then what follows it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return left.pop() if left else await receive()

    return receive_again
