"""The paragraphs of a rich text, written as HTML while the text is being read."""

import re
from dataclasses import dataclass, field
from html import escape

_LINE_END = "\n"
_SAID = ("title", "author", "revtim", "creatim")
# Some programs write the mark of an item as text, and a tab after it.
_TYPED_MARK = re.compile("([•·▪\uf0b7\u2013-]|\\d{1,3}[.)])\\t\\s*|([•·▪\uf0b7])\\s*")


@dataclass(slots=True)
class Paragraphs:
    """The paragraphs so far, and the parts of the one that is being read.

    The parts are where text may go: the paragraph itself, a note to it, the mark of its item in
    a list, what the document says of itself, the name of a style. What goes elsewhere is not
    kept.
    """

    html: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    parts: dict[str, list[str]] = field(
        default_factory=lambda: {part: [] for part in ("text", "note", "mark", "style", *_SAID)}
    )
    cells: list[str] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=lambda: dict.fromkeys(_SAID, ""))
    styles: dict[int, str] = field(default_factory=dict)
    style: int = 0
    level: int | None = None
    list_level: int = 0
    indent: int = 0
    lists: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    in_table: bool = False

    def add(self, part: str, text: str) -> None:
        if part in self.parts:
            self.parts[part].append(text if part in _SAID else escape(text))

    def take(self, part: str) -> str:
        text = "".join(self.parts[part])
        self.parts[part].clear()
        return text

    def end_paragraph(self) -> None:
        """Write the paragraph that is being read as what its style and its mark make of it."""
        mark, text = self.take("mark").strip(), self.take("text").strip()
        style = self.styles.get(self.style, "")
        heading = re.fullmatch(r"heading ([1-6])", style)
        level = int(heading[1]) - 1 if heading else 0 if style == "title" else self.level
        if typed := _TYPED_MARK.match(text):
            mark, text = typed[1] or typed[2], text[typed.end() :]
        # Contents repeat the headings, with numbers of pages that the text does not have.
        if not text and self.html and self.html[-1].startswith("<table"):
            self.html.append("<p></p>")  # Rows below are those of another table.
        if not text or re.match("(?:toc|contents) (?:heading|[1-9])$", style):
            return
        if level is not None and 0 <= level < 6:
            self.lists.clear()
            text = re.sub(r"\s+", " ", f"{mark} {text}".strip())
            self.html.append(f"<h{level + 1}>{text}</h{level + 1}>")
        elif number := re.fullmatch(r"(\d{1,4})[.)]", mark):
            self.add_item("ol", f'<ol start="{number[1]}"><li>{text}</li></ol>')
        elif mark == "o" or (mark and not re.search(r"\w", mark)):  # Word draws a circle so.
            self.add_item("ul", f"<ul><li>{text}</li></ul>")
        else:
            self.lists.clear()
            self.html.append(f"<p>{mark} {text.replace(_LINE_END, '<br>')}</p>")

    def add_item(self, tag: str, item: str) -> None:
        """Write an item within those before it that are indented less."""
        depth = (self.list_level, self.indent)
        while self.lists and self.lists[-1][0] >= depth:
            self.lists.pop()
        for _, outer in reversed(self.lists):
            item = f"<{outer}><li>{item}</li></{outer}>"
        self.lists.append((depth, tag))
        self.html.append(item)

    def end_cell(self) -> None:
        mark = self.take("mark").strip()
        self.cells.append(f"<td>{mark} {self.take('text').strip()}</td>")

    def end_row(self) -> None:
        self.lists.clear()
        self.html.append(f"<table><tr>{''.join(self.cells)}</tr></table>")
        self.cells.clear()

    def end_part(self, part: str) -> None:
        """Keep a note, the title or another part, which was read to its end."""
        if part == "note":
            self.parts["text"].append(f'<a role="doc-noteref" href="#note-{len(self.notes)}"></a>')
            self.notes.append(f'<div id="note-{len(self.notes)}">{self.take("note")}</div>')
        elif part in _SAID:
            self.said[part] = self.take(part)
        elif part == "style" and (name := self.take("style").strip(" ;").lower()):
            self.styles[self.style] = name

    def page(self) -> str:
        """Return all of it, items of one list and rows of one table together."""
        body, count = "".join(self.html), 1
        while count:
            body, count = re.subn(r"</(ul|ol|table)><\1[^>]*>|</li><li>(?=<[uo]l)", "", body)
        return f"<body>{body}<div>{''.join(self.notes)}</div></body>"
