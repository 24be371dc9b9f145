"""Prepare the notes and comments of a Word document, and mark what mammoth makes of them.

Placing notes behind the blocks that refer to them is left to `index.extract.web.html.notes`.
"""

from typing import TYPE_CHECKING

from index.extract.office.word.parts import W, make_run
from index.extract.zip_container import Element

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

NOTE_KINDS = ("footnote", "endnote", "comment")


def prepare_references(body: Element, notes: dict[str, Element]) -> None:
    """Remove references without a note, which mammoth cannot read, and marks chosen by hand.

    `notes` are the roots of the parts that hold the notes, by their kind.
    """
    for kind, root in notes.items():
        present = {note.get(f"{W}id") for note in root.iter(f"{W}{kind}")}
        for reference in list(body.iter(f"{W}{kind}Reference")):
            run = reference.getparent()
            if reference.get(f"{W}customMarkFollows") in ("1", "true", "on"):
                for mark in list(reference.itersiblings(f"{W}t", f"{W}sym")):
                    run.remove(mark)
            if reference.get(f"{W}id") not in present:
                run.remove(reference)


def name_commenters(comments: Element) -> None:
    """Write the author of each comment before its text."""
    for comment in comments.iter(f"{W}comment"):
        author = " ".join(comment.get(f"{W}author", "").split())
        paragraph = comment.find(f"{W}p")
        if paragraph is not None:
            words = f"comment by {author}: " if author else "comment: "
            at = 1 if paragraph.find(f"{W}pPr") is not None else 0
            paragraph.insert(at, make_run(paragraph, words))


def mark_notes(soup: "BeautifulSoup") -> None:
    """Give references the role of notes, and comments the form of notes."""
    starts = tuple(f"{kind}-ref-" for kind in NOTE_KINDS)
    for link in soup.find_all("a", id=True):
        if str(link["id"]).startswith(starts):
            link["role"] = "doc-noteref"
    for head in soup.find_all("dt", id=True):
        body = head.find_next_sibling("dd")
        if body is not None and str(head["id"]).startswith("comment-"):
            body["id"] = head["id"]
            head.decompose()
