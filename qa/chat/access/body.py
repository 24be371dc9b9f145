"""Read the body of a request whole, within a limit, and hand it on."""

from starlette.types import Message, Receive, Scope

from qa.chat.access.request import get_header


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
