"""The process that `renderer` runs: answers requests about PDFs until its input ends.

It keeps recently used documents open. What is done with a page is left to `page`.
"""

import json
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from index.extract.sandbox import prepare_child
from index.pages.page import draw_page, find_words, page_sizes

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

MAX_OPEN_DOCUMENTS = 4
"""Maximum number of documents kept open."""

MAX_OPEN_BYTES = 256 << 20
"""Maximum size of the documents kept open besides the last one, in bytes."""


def serve_pages() -> None:
    """Answer requests, each a line of JSON followed by the PDF if it is sent, until the end.

    An answer is a line of JSON followed by `size` bytes, which are a PNG or nothing.
    """
    import pypdfium2

    source, target = prepare_child()
    target.write(b"\n")  # Ready: the time to start does not count towards a page's time limit.
    target.flush()
    documents: OrderedDict[str, tuple[PdfDocument, int]] = OrderedDict()
    while line := source.readline():
        request = json.loads(line)
        data = source.read(request["size"])
        body = b""
        try:
            if pdf := _open_document(documents, request["sha256"], data):
                answer, body = _HANDLERS[request["operation"]](pdf, request)
            else:
                answer = {"missing": True}
        except pypdfium2.PdfiumError:
            answer = {"reason": "this part of the PDF is damaged"}
        except MemoryError:
            answer = {"reason": "drawing it needs too much memory"}
        target.write(json.dumps({**answer, "size": len(body)}).encode() + b"\n" + body)
        target.flush()


def _open_document(
    documents: "OrderedDict[str, tuple[PdfDocument, int]]", sha256: str, data: bytes
) -> "PdfDocument | None":
    """Return an open document, opening it from `data` if needed; None if it must be sent first."""
    import pypdfium2

    if sha256 in documents:
        documents.move_to_end(sha256)
    elif data:
        pdf = pypdfium2.PdfDocument(data)
        pdf.init_forms()  # Without this, the contents of form fields are not drawn.
        documents[sha256] = (pdf, len(data))
        while len(documents) > MAX_OPEN_DOCUMENTS or (
            len(documents) > 1
            and sum(size for _, size in documents.values()) - len(data) > MAX_OPEN_BYTES
        ):
            documents.popitem(last=False)[1][0].close()
    return documents[sha256][0] if sha256 in documents else None


def _handle_sizes(pdf: "PdfDocument", request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    return {"sizes": page_sizes(pdf)}, b""


def _handle_picture(pdf: "PdfDocument", request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    page = pdf[request["page"] - 1]
    picture = draw_page(page, request["width"])
    page.close()
    return {}, picture


def _handle_boxes(pdf: "PdfDocument", request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    page = pdf[request["page"] - 1]
    boxes = find_words(page, request["text"], request["start"], request["end"])
    page.close()
    return {"boxes": boxes}, b""


_HANDLERS: dict[str, Callable[["PdfDocument", dict[str, Any]], tuple[dict[str, Any], bytes]]] = {
    "sizes": _handle_sizes,
    "picture": _handle_picture,
    "boxes": _handle_boxes,
}
