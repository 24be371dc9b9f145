"""The process that draws pages for `pages`: it answers requests about PDFs until there are no more.

It keeps the last documents open. What a page is like is left to `formats.page`.
"""

import json
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from index.extract.sandbox import begin_serving
from index.pages.page import draw_page, find_words, page_sizes

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

KEPT = 4
"""Documents that the process keeps open at most."""

KEPT_BYTES = 256 << 20
"""Bytes of the documents that it keeps open besides the last one at most."""


def serve() -> None:
    """Draw pages as they are asked for, each a line of JSON and perhaps a file, until the end."""
    import pypdfium2

    source, target = begin_serving()
    target.write(b"\n")  # It is ready; starting is not a part of what a page may take.
    target.flush()
    kept: OrderedDict[str, tuple[PdfDocument, int]] = OrderedDict()
    while line := source.readline():
        asked = json.loads(line)
        data = source.read(asked["size"])
        more = b""
        try:
            if pdf := _opened(kept, asked["sha256"], data):
                answer, more = _ANSWERS[asked["wanted"]](pdf, asked)
            else:
                answer = {"missing": True}
        except pypdfium2.PdfiumError:
            answer = {"reason": "the PDF is damaged where it lies"}
        except MemoryError:
            answer = {"reason": "it takes too much memory"}
        target.write(json.dumps({**answer, "size": len(more)}).encode() + b"\n" + more)
        target.flush()


def _opened(
    kept: "OrderedDict[str, tuple[PdfDocument, int]]", sha256: str, data: bytes
) -> "PdfDocument | None":
    """Return a document that is kept open or has come; None where it has to be sent."""
    import pypdfium2

    if sha256 in kept:
        kept.move_to_end(sha256)
    elif data:
        pdf = pypdfium2.PdfDocument(data)
        pdf.init_forms()  # What was filled in is drawn as well.
        kept[sha256] = (pdf, len(data))
        while len(kept) > KEPT or (
            len(kept) > 1 and sum(size for _, size in kept.values()) - len(data) > KEPT_BYTES
        ):
            kept.popitem(last=False)[1][0].close()
    return kept[sha256][0] if sha256 in kept else None


def _sizes(pdf: "PdfDocument", asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    return {"sizes": page_sizes(pdf)}, b""


def _picture(pdf: "PdfDocument", asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    page = pdf[asked["page"] - 1]
    picture = draw_page(page, asked["width"])
    page.close()
    return {}, picture


def _boxes(pdf: "PdfDocument", asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    page = pdf[asked["page"] - 1]
    boxes = find_words(page, asked["text"], asked["start"], asked["end"])
    page.close()
    return {"boxes": boxes}, b""


_ANSWERS: dict[str, Callable[["PdfDocument", dict[str, Any]], tuple[dict[str, Any], bytes]]] = {
    "sizes": _sizes,
    "picture": _picture,
    "boxes": _boxes,
}
