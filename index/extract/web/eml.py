"""Read e-mails (.eml): the subject, the main headers, then the text parts in order.

Forwarded and attached messages are read in their place, attachments that are text behind them.
Decoding text is left to `eml_text`, reading attachments to `eml_attachments`.
"""

import email.policy
import re
from dataclasses import dataclass, field
from email.feedparser import BytesFeedParser
from email.message import EmailMessage, Message, MIMEPart
from email.policy import Policy
from email.utils import getaddresses
from typing import cast

from index.errors import UnreadableFile
from index.extract.web.eml_attachments import MAX_ATTACHED_LENGTH, is_text, read_attachment
from index.extract.web.eml_text import (
    decode_bytes,
    decode_header_text,
    join_flowed_lines,
    read_page,
)
from index.text.canonical import Extract, canonicalize, join_authors, parse_date, shorten

MAX_PARTS = 2_000
"""Maximum number of parts that are read of an e-mail; each takes some milliseconds."""

MAX_DEPTH = 50
"""Maximum depth of parts and messages within each other."""

MAX_HEADER_LENGTH = 100_000
"""Maximum length of a header in characters."""

_MAX_CONTENT_HEADER_LENGTH = 2_000  # The library parses these in quadratic time.
_HEADERS = ("From", "To", "Cc", "Date")
_MESSAGE_TYPES = ("message/rfc822", "message/global")
_BODY_TYPES = ("text/plain", "text/html")
_UNREAD_TEXT_TYPES = ("text/rtf", "text/css")
_ADDRESS = re.compile(r"(?:https?://|mailto:)\S+")
_FEED_BYTES = 1 << 16


@dataclass(slots=True)
class _Progress:
    """How much has been read, and what was not read of it (in order, each once)."""

    parts: int = 0
    attached_length: int = 0
    notes: dict[str, None] = field(default_factory=dict)

    def count_part(self, policy: "Policy[EmailMessage]") -> EmailMessage:
        """Return a new message for the parser to fill."""
        self.parts += 1
        return EmailMessage(policy)

    def note(self, sentence: str) -> None:
        self.notes[sentence] = None


@dataclass(frozen=True, slots=True)
class _Content:
    """The blocks of text of a part, the names of attachments and of what is not read, and the
    blocks of text attachments, each below a heading.
    """

    blocks: list[str]
    names: list[str]
    attached: list[str] = field(default_factory=list)


def read_eml(data: bytes) -> Extract:
    """Read an e-mail with the messages and texts attached to it; others are only listed."""
    progress = _Progress()
    message = _parse(data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"), progress)
    if not any(message[name] for name in _HEADERS):
        raise UnreadableFile("it is not an e-mail: it has no From, To, Cc or Date header")
    blocks = _read_message(message, 0, 1, progress)
    text = canonicalize("\n\n".join(blocks) + "\n")
    return Extract(
        shorten(_read_header(message, "Subject", progress)),
        text,
        "message/rfc822",
        author=_read_author(message["From"] or ""),
        date=parse_date(_read_header(message, "Date", progress)),
        note="; ".join(progress.notes),
    )


def _parse(data: bytes, progress: _Progress) -> EmailMessage:
    """Parse a message, up to the maximum number of parts."""
    parser = BytesFeedParser(
        policy=email.policy.default.clone(
            header_factory=_clip_header, message_factory=progress.count_part
        ),
    )
    for start in range(0, len(data), _FEED_BYTES):
        parser.feed(data[start : start + _FEED_BYTES])
        if progress.parts > MAX_PARTS:
            progress.note(f"only its first {MAX_PARTS:,} parts are read")
            break
    return cast(EmailMessage, parser.close())  # What `count_part` makes.


def _clip_header(name: str, value: str) -> str:
    """Return the part of a header that is parsed, in place of the library's parsed headers."""
    is_content = name.lower().startswith("content-")
    length = _MAX_CONTENT_HEADER_LENGTH if is_content else MAX_HEADER_LENGTH + 1
    value = value[:length].strip()
    if is_content and "*" in value:
        holder = Message()
        holder[name] = value
        try:
            holder.get_params(header=name)
        except (TypeError, ValueError):  # Pieces of a parameter that do not fit together.
            return value.partition(";")[0]
    return value


def _read_message(message: MIMEPart, depth: int, level: int, progress: _Progress) -> list[str]:
    """Return the blocks of a message: its subject as a heading, its headers, text, attachments."""
    subject = _read_header(message, "Subject", progress)
    headers = ((name, _read_header(message, name, progress)) for name in _HEADERS)
    content = _read_part(message, depth, level, progress)
    names = ", ".join(content.names)
    blocks = [
        f"{'#' * min(level, 6)} {subject}" if subject else "",
        "\n".join(f"{name}: {value}" for name, value in headers if value),
        *content.blocks,
        f"Attachments: {names}" if names else "",
        *content.attached,
    ]
    return [block for block in blocks if block]


def _read_header(message: MIMEPart, name: str, progress: _Progress) -> str:
    value = ", ".join(message.get_all(name, []))
    if len(value) > MAX_HEADER_LENGTH:
        progress.note(f"only {MAX_HEADER_LENGTH:,} characters of its header {name} are read")
    return decode_header_text(value[:MAX_HEADER_LENGTH])


def _read_author(senders: str) -> str:
    try:
        addresses = getaddresses([senders])
    except RecursionError:  # Comments within comments.
        return ""
    return join_authors(*(decode_header_text(name) or address for name, address in addresses))


def _read_part(part: MIMEPart, depth: int, level: int, progress: _Progress) -> _Content:
    """Read a part that lies `depth` parts deep, in a message whose heading is of `level`."""
    kind, name = part.get_content_type(), _read_filename(part)
    if depth > MAX_DEPTH:
        progress.note(f"parts more than {MAX_DEPTH} deep within each other are not read")
        return _Content([], [name or kind])
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        contents = [_read_part(child, depth + 1, level, progress) for child in _children(part)]
        if kind == "multipart/alternative":
            return _choose_alternative([c.get_content_type() for c in _children(part)], contents)
        return _merge_contents([b for c in contents for b in c.blocks], contents)
    messages = _find_messages(part, kind, name, progress)
    blocks = [b for m in messages for b in _read_message(m, depth + 1, level + 1, progress)]
    is_attached = depth > 0 and name and part.get_content_disposition() == "attachment"
    if not blocks and is_attached:
        return _Content([], [name], _read_attached(part, kind, level + 1, progress))
    if not blocks:
        blocks = [text] if (text := _read_text(part, kind, progress)) else []
    is_unread = not blocks and kind not in _BODY_TYPES and bool(part.get_payload())
    return _Content(blocks, [name] if name else [kind] * is_unread)


def _read_attached(part: MIMEPart, kind: str, level: int, progress: _Progress) -> list[str]:
    """Return the heading and the text of an attachment, none if it is no text."""
    name = _read_filename(part)
    if not is_text(kind, name):
        return []
    data, label = _read_payload(part), part.get_content_charset("") or ""
    left = MAX_ATTACHED_LENGTH - progress.attached_length
    try:
        text = read_attachment(data, label, kind, name) if len(data) <= left else ""
    except (UnreadableFile, RecursionError):
        return []  # It is binary under the name of text, or a page nested too deeply.
    length = max(len(data), len(text))
    if length > left:
        progress.note("of its attachments, which are long, not all are read")
        return []
    progress.attached_length += length
    return [f"{'#' * min(level, 6)} {name}", text] if text else []


def _choose_alternative(kinds: list[str], contents: list[_Content]) -> _Content:
    """Return the alternative that holds the most text, the first of several that hold as much.

    Plain text and HTML come before calendars and the like, which are named then.
    """
    lengths = [_count_characters(content.blocks) for content in contents]
    is_usual = [kind in _BODY_TYPES or not kind.startswith("text/") for kind in kinds]
    order = range(len(contents))
    chosen = max(order, key=lambda i: (is_usual[i] and lengths[i] > 0, lengths[i]))
    unread = [
        _Content([], [kinds[i]])
        for i in order
        if i != chosen and not is_usual[i] and lengths[i] and not contents[i].names
    ]
    return _merge_contents(contents[chosen].blocks, [*contents, *unread])


def _count_characters(blocks: list[str]) -> int:
    """Count letters and digits, except for those of addresses, which HTML hides in its links."""
    return sum(sum(map(str.isalnum, _ADDRESS.sub("", block))) for block in blocks)


def _merge_contents(blocks: list[str], contents: list[_Content]) -> _Content:
    """Return a content of these blocks, with the attachments of several contents."""
    names = dict.fromkeys(name for content in contents for name in content.names)
    return _Content(blocks, list(names), [b for content in contents for b in content.attached])


def _children(part: MIMEPart) -> list[MIMEPart]:
    return list(part.iter_parts())


def _find_messages(part: MIMEPart, kind: str, name: str, progress: _Progress) -> list[MIMEPart]:
    """Return the messages that a part consists of, none if it is no message."""
    if kind in _MESSAGE_TYPES:
        inner = _children(part)
        is_encoded = part.get("Content-Transfer-Encoding", "").lower() == "base64"
        if not is_encoded or any(message.items() for message in inner):
            return inner
        # The parser took the encoded text for the body of the message.
        encoded = "".join(str(message.get_payload()) for message in inner)
        return [_parse(_decode_base64(encoded), progress)]
    if kind != "text/rfc822-headers" and not name.lower().endswith(".eml"):
        return []
    message = _parse(_read_payload(part), progress)
    return [message] if any(message[header] for header in _HEADERS) else []


def _decode_base64(text: str) -> bytes:
    holder = EmailMessage()
    holder["Content-Transfer-Encoding"] = "base64"
    holder.set_payload(text)
    return _read_payload(holder)


def _read_filename(part: MIMEPart) -> str:
    try:
        return decode_header_text(part.get_filename("") or "")
    except ValueError:  # It is not in the encoding that it names.
        return ""


def _read_payload(part: MIMEPart) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _read_text(part: MIMEPart, kind: str, progress: _Progress) -> str:
    """Return the text of a part, "" if it holds none."""
    if kind.startswith("message/"):  # Reports of delivery, for instance.
        return "\n\n".join(filter(None, (_read_report(inner) for inner in _children(part))))
    is_damaged_multipart = kind.startswith("multipart/")
    if kind in _UNREAD_TEXT_TYPES or not (kind.startswith("text/") or is_damaged_multipart):
        return ""
    data, label = _read_payload(part), part.get_content_charset("") or ""
    if kind == "text/html":
        try:
            return read_page(data, label)
        except RecursionError:
            progress.note("a page in it is nested too deeply to be parsed")
            return ""
    text = decode_bytes(data, label)
    if part.get_param("format") == "flowed":
        is_joined = str(part.get_param("delsp")).lower() == "yes"
        text = join_flowed_lines(text, delete_space=is_joined)
    return text.strip()


def _read_report(message: MIMEPart) -> str:
    """Return the fields of a report on delivery, and its text."""
    lines = [f"{name}: {decode_header_text(value)}" for name, value in message.items()]
    body = decode_bytes(_read_payload(message), "").strip()
    return "\n\n".join(filter(None, ("\n".join(lines), body)))
