"""Say in one sentence what of a Word document is not read."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from index.extract.office.word.content import text_of
from index.extract.office.word.parts import Relation, W
from index.extract.pictures import may_hold_text
from index.extract.zip_container import Element

_PICTURE = "{http://schemas.openxmlformats.org/drawingml/2006/main}blip"
_OLD_PICTURE = "{urn:schemas-microsoft-com:vml}imagedata"
_OBJECTS = {
    "chart": "chart",
    "chartEx": "chart",
    "diagramData": "diagram",
    "oleObject": "embedded file",
    "package": "embedded file",
    "subDocument": "subdocument",
}


def describe_unread(
    body: Element,
    relations: Iterable[Relation],
    ignored: Sequence[str],
    *,
    text: str = "",
    embedded: int = 0,
) -> str:
    """Return what is not read, "" if nothing is missing.

    `ignored` are mammoth's messages; `text` is what is read, and tells whether pictures stand for
    more; `embedded` is the number of embedded documents not read.
    """
    counts = Counter(_OBJECTS[relation.kind] for relation in relations if relation.kind in _OBJECTS)
    counts["embedded document"] += embedded
    pictures = sum(1 for _ in body.iter(_PICTURE, _OLD_PICTURE))
    counts["symbol"] += sum("unsupported character" in message for message in ignored)
    counts["picture"] += pictures if may_hold_text(pictures, text, pages=pictures) else 0
    names = {
        match[1]
        for message in ignored
        if (match := re.search(r"unrecognised element was ignored: w:(\w+)$", message))
    }
    for name in names:
        counts[f'element "{name}"'] += sum(
            bool(text_of(element)) for element in body.iter(f"{W}{name}")
        )
    parts = [
        f"{count} {name}{'s' if count > 1 else ''}"
        for name, count in sorted(counts.items())
        if count
    ]
    return f"not read: {', '.join(parts)}" if parts else ""
