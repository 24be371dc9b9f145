"""What a request brings, read whole within a limit."""

from starlette.types import Message, Receive, Scope

from qa.chat.access.request import header


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes | None:
    """Return what a request brings; None where it is more than `limit` bytes, or breaks off."""
    told = header(scope, b"content-length") or "0"
    if not told.isdecimal() or len(told) > 15 or int(told) > limit:
        return None
    body, more = bytearray(), True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if message["type"] == "http.disconnect" or len(body) > limit:
            return None
    return bytes(body)


def replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body which was read, and then what comes after it."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return left.pop() if left else await receive()

    return receive_again
