"""Move the notes of a page to where they are referred to."""

from typing import TYPE_CHECKING

from index.extract.web.html.line import one_line

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_CONTAINER_TAGS = ["body", "div", "section", "article", "main", "blockquote", "[document]", "html"]


def place_notes(soup: "BeautifulSoup") -> None:
    """Move each note behind the block that refers to it, and remove the reference.

    The number of a note in the middle of a sentence would appear in every quotation of it.
    """
    last_notes: dict[int, Tag] = {}
    named = {str(element["id"]): element for element in soup.find_all(id=True)}
    for link in soup.find_all("a", href=True):
        if link.decomposed or not has_role(link, "noteref", "doc-noteref"):
            continue
        if not str(link["href"]).startswith("#"):
            if not link.find_parent("sup") and not link.find("sup"):
                link.wrap(soup.new_tag("sup"))  # The note is in another file: a mark stays.
            continue
        note = named.get(str(link["href"])[1:])
        block = link
        while block.parent is not None and block.parent.name not in _CONTAINER_TAGS:
            block = block.parent
        if (
            note is None
            or note.decomposed
            or note is block
            or note in link.parents
            or block in note.parents
            or block.parent is None  # It stood in a note that is written already.
        ):
            continue
        raised = link.find_parent("sup")
        marks = [f"#{mark.get('id', '')}" for mark in (link, raised) if mark is not None]
        for back in note.find_all("a", href=marks):
            back.decompose()
        words = one_line(note).rstrip(" ↩↑\ufe0e")
        _remove_note(note)
        if words:
            placed = soup.new_tag("p")
            placed.string = f"Note: {words}"
            last_notes.get(id(block), block).insert_after(placed)
            last_notes[id(block)] = placed
        _remove_link(link, raised)


def _remove_note(note: "Tag") -> None:
    """Remove a note, and sections that are left without text."""
    from bs4.element import NavigableString

    around = note.parent
    before, after = note.previous_sibling, note.next_sibling
    note.decompose()
    blanks = [one for one in (before, after) if isinstance(one, NavigableString) and one.isspace()]
    if len(blanks) == 2:
        blanks[1].extract()  # The ends of lines that many notes leave would be searched each time.
    if around and around.name not in ("body", "[document]") and not _has_text(around):
        _remove_note(around)


def _remove_link(link: "Tag", around: "Tag | None") -> None:
    link.decompose()
    if around is not None and not _has_text(around):
        around.decompose()


def _has_text(element: "Tag") -> bool:
    return next(element.stripped_strings, None) is not None


def has_role(element: "Tag", *roles: str) -> bool:
    """Return whether an element has one of these ARIA roles or EPUB types."""
    declared = f"{element.get('role') or ''} {element.get('epub:type') or ''}".split()
    return any(role in declared for role in roles)
