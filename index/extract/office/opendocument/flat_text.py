"""Read an element of an OpenDocument file as one line of text."""

from collections.abc import Iterator

from index.extract.office.opendocument.html import SKIPPED_ELEMENTS, WHITE_SPACE, prefixed_name
from index.extract.office.opendocument.styles import NS, Styles
from index.extract.zip_container import Element
from index.text.scripts import to_subscript, to_superscript


def flat_text(element: Element, styles: Styles) -> str:
    """Return the paragraphs of a cell or of a title as one line; tabs stay."""
    return " ".join("".join(inline_text(line, styles)) for line in _paragraphs(element))


def _paragraphs(element: Element) -> Iterator[Element]:
    for child in element:
        name = prefixed_name(child)
        if name in ("text:p", "text:h"):
            yield child
        elif name and name not in SKIPPED_ELEMENTS:
            yield from _paragraphs(child)


def inline_text(element: Element, styles: Styles) -> Iterator[str]:
    """Yield the parts of a paragraph."""
    yield element.text or ""
    for child in element:
        name = prefixed_name(child)
        if name in WHITE_SPACE:
            yield "\t" if name == "text:tab" else " "
        elif name and name not in SKIPPED_ELEMENTS:
            words = "".join(inline_text(child, styles))
            tag = styles.scripts.get(child.get(f"{{{NS}text:1.0}}style-name", ""))
            write = {"sup": to_superscript, "sub": to_subscript}.get(tag or "", str)
            yield f"({words})" if name == "text:ruby-text" and words else write(words)
        yield child.tail or ""
