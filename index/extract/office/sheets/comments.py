"""Read the comments on the cells of a sheet: notes, and the threads of newer programs."""

import posixpath
import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from index.extract.office.sheets.formulas import parse_coordinate
from index.extract.office.word.parts import read_relations
from index.extract.zip_container import Element, parse_xml

_MAX_COMMENTS = 100_000

_THREAD_AUTHOR = "tc="
"""How the author of a note begins that only repeats a thread, for older programs."""


def read_comments(archive: zipfile.ZipFile, sheet: str) -> dict[int, list[str]]:
    """Return the comments on the cells of the sheet in this part by row, in their order.

    Each names its cell and its author: "Comment on B2 by Ida Moor: It was recounted."
    """
    from lxml import etree

    folder, name = posixpath.split(sheet)
    links = posixpath.join(folder, "_rels", f"{name}.rels")
    parts = set(archive.namelist())
    if links not in parts:
        return {}
    relations = list(read_relations({links: archive.read(links)}, sheet).values())
    has_threads = any(relation.kind == "threadedComment" for relation in relations)
    comments: dict[int, list[str]] = defaultdict(list)
    count = 0
    for relation in relations:
        if relation.kind not in ("comments", "threadedComment") or relation.target not in parts:
            continue
        try:
            root = parse_xml(archive.read(relation.target))
            names = _read_names(archive)
        except etree.LxmlError:
            continue  # The cells can be read without damaged comments.
        is_thread = relation.kind == "threadedComment"
        notes = _find_notes(root, has_threads=has_threads)
        found = _find_threads(root, names) if is_thread else notes
        for reference, author, words in found:
            place, words = parse_coordinate(reference), " ".join(words.split())
            count += 1
            if place and words and count <= _MAX_COMMENTS:
                by = f" by {author}" if author else ""
                comments[place[0]].append(f"Comment on {reference}{by}: {words}")
    return comments


def add_comments(
    tables: Sequence[Sequence[list[str]]],
    numbers: Sequence[int],
    comments: Mapping[int, Sequence[str]],
) -> list[str]:
    """Add the comments on cells to their rows, in a column of their own; return the others.

    A comment in a title or header would be the name of that column. `numbers` are those of all
    rows in the sheet.

    >>> rows = [["Boat", "Fee"], ["Osprey", "12"]]
    >>> add_comments([rows], [1, 2], {1: ["In euros."], 2: ["Raised."]}), rows
    (['In euros.'], [['Boat', 'Fee'], ['Osprey', '12', 'Raised.']])
    """
    left, at = dict(comments), iter(numbers)
    for table in tables:
        width, is_below_header = max(map(len, table), default=0), False
        for row in table:
            number = next(at)
            is_full = sum(map(bool, row)) > 1
            if is_full and is_below_header and number in left:
                row += ["" for _ in range(width - len(row))] + [" ".join(left.pop(number))]
            is_below_header |= is_full
    return [comment for number in sorted(left) for comment in left[number]]


def _find_notes(root: Element, *, has_threads: bool) -> Iterator[tuple[str, str, str]]:
    """Yield the cell, author and text of each note."""
    authors = [author.text or "" for author in root.iter("{*}author")]
    for note in root.iter("{*}comment"):
        number = note.get("authorId", "")
        known = number.isdecimal() and int(number) < len(authors)
        author = authors[int(number)].strip() if known else ""
        words = "".join(text.text or "" for text in note.iterfind("{*}text//{*}t"))
        if author.startswith(_THREAD_AUTHOR):
            if has_threads:
                continue
            author, words = "", words.rpartition("Comment:")[2]
        yield note.get("ref", ""), author, words.removeprefix(f"{author}:")


def _find_threads(root: Element, names: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for comment in root.iter("{*}threadedComment"):
        author = names.get(comment.get("personId", ""), "")
        yield comment.get("ref", ""), author, comment.findtext("{*}text", "")


def _read_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the names of those who comment, by their ids."""
    names = {}
    for part in archive.namelist():
        if part.startswith("xl/persons/") and part.endswith(".xml"):
            for person in parse_xml(archive.read(part)).iter("{*}person"):
                names[person.get("id", "")] = person.get("displayName", "")
    return names
