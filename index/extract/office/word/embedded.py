"""Read the documents that a Word document embeds as a whole, such as pages of HTML (altChunk).

A marker stands for each of them while the document is converted.
"""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

from index.extract.office.rtf import read_rtf
from index.extract.office.word.parts import R, W, make_run, read_relations
from index.extract.plain_text import read_text
from index.extract.web.html.html import html_to_markdown
from index.extract.zip_container import Element

_MARKER = "\uf8f0{}\uf8f1"
_MARKER_PATTERN = re.compile("\uf8f0(\\d{1,6})\uf8f1")
_MAX_EMBEDDED = 1000


def mark_embedded(
    parts: dict[str, bytes], document: str, body: Element, read_word: Callable[[bytes], str] | None
) -> tuple[list[str], int]:
    """Put markers in the place of embedded documents; return their texts and how many are unread.

    `read_word` reads embedded Word documents; if it is None, they stay unread.
    """
    relations = read_relations(parts, document)
    texts: list[str] = []
    unread = 0
    for chunk in list(body.iter(f"{W}altChunk")):
        relation = relations.get(chunk.get(f"{R}id", ""))
        data = parts.get(relation.target, b"") if relation else b""
        text = _read_embedded(data, read_word) if len(texts) < _MAX_EMBEDDED else ""
        if text:
            paragraph = chunk.makeelement(f"{W}p")
            paragraph.append(make_run(chunk, _MARKER.format(len(texts))))
            chunk.addprevious(paragraph)
            texts.append(text)
        else:
            unread += 1
        chunk.getparent().remove(chunk)
    return texts, unread


def place_embedded(text: str, embedded: list[str]) -> str:
    """Replace each marker by its text, on one line if it does not stand alone on its line."""
    rest = dict(enumerate(embedded))

    def place(marker: re.Match[str]) -> str:
        found = rest.pop(int(marker[1]), marker[0])
        before = text[max(0, marker.start() - 1) : marker.start()]
        after = text[marker.end() : marker.end() + 1]
        return found if before in ("", "\n") and after in ("", "\n") else " ".join(found.split())

    return _MARKER_PATTERN.sub(place, text) if embedded else text


def _read_embedded(data: bytes, read_word: Callable[[bytes], str] | None) -> str:
    """Return the text of an embedded document, "" if it cannot be read."""
    try:
        if data.startswith(b"PK"):
            return read_word(data).strip() if read_word else ""
        if data.startswith(b"{\\rtf"):
            return read_rtf(data).text.strip()
        if re.match(rb"\s*(MIME-Version|From|Content-Type|Date|Subject):", data, re.IGNORECASE):
            data = _find_page(data)
        if re.search(rb"<(!doctype html|html|body|p|div|table|h\d)\b", data[:4096], re.IGNORECASE):
            return html_to_markdown(data).strip()
        if b"<pkg:package" in data[:4096]:
            return ""
        return read_text(data).text.strip() if data.strip() else ""
    except Exception:
        # Third-party parsers raise undocumented exceptions on damaged files; the caller reports
        # that the embedded document is not read, and the document around it is.
        return ""


def _find_page(data: bytes) -> bytes:
    """Return the first page, else the first text, of a web archive (MHTML)."""
    message = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
    for kind in ("html", "plain"):
        for part in message.walk():
            if part.get_content_type() == f"text/{kind}":
                content = part.get_content()
                return content.encode() if isinstance(content, str) else bytes(content)
    return b""
