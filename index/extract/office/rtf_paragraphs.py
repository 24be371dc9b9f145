"""Write the paragraphs of a rich text as HTML while `rtf` parses it."""

import re
from dataclasses import dataclass, field
from html import escape

from index.text.scripts import write_tagged_scripts

_LINE_END = "\n"
_INFO_FIELDS = ("title", "author", "revtim", "creatim")
# Some programs write the bullet or number of a list item as text, followed by a tab.
_TYPED_LIST_MARK = re.compile("([•·▪\uf0b7\u2013-]|\\d{1,3}[.)])\\t\\s*|([•·▪\uf0b7])\\s*")


@dataclass(slots=True)
class Paragraphs:
    """The paragraphs written so far, and buffers of the one that is being parsed.

    There is a buffer for each destination of text that is used: the paragraph itself, a note, the
    mark of a list item, each field of metadata and the name of a style. Text for any other
    destination is dropped.
    """

    html: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    buffers: dict[str, list[str]] = field(
        default_factory=lambda: {
            destination: [] for destination in ("text", "note", "mark", "style", *_INFO_FIELDS)
        }
    )
    cells: list[str] = field(default_factory=list)
    info: dict[str, str] = field(default_factory=lambda: dict.fromkeys(_INFO_FIELDS, ""))
    styles: dict[int, str] = field(default_factory=dict)
    style: int = 0
    level: int | None = None
    list_level: int = 0
    indent: int = 0
    lists: list[tuple[tuple[int, int], str, int]] = field(default_factory=list)
    in_table: bool = False

    def add(self, destination: str, text: str, script: str = "") -> None:
        """Add text for a destination; `script` is the HTML tag of raised or lowered text."""
        if destination in self.buffers:
            words = text if destination in _INFO_FIELDS else escape(text)
            raised = script and words and destination in ("text", "note")
            self.buffers[destination].append(f"<{script}>{words}</{script}>" if raised else words)

    def take_text(self, destination: str) -> str:
        text = "".join(self.buffers[destination])
        self.buffers[destination].clear()
        return re.sub(r"</(su[bp])><\1>", "", text)

    def end_paragraph(self) -> None:
        """Write the current paragraph as a heading, a list item or plain text."""
        mark, text = self.take_text("mark").strip(), self.take_text("text").strip()
        style = self.styles.get(self.style, "")
        heading = re.fullmatch(r"heading ([1-6])", style)
        level = int(heading[1]) - 1 if heading else 0 if style == "title" else self.level
        if typed := _TYPED_LIST_MARK.match(text):
            mark, text = typed[1] or typed[2], text[typed.end() :]
        if not text and self.html and self.html[-1].startswith("<table"):
            self.html.append("<p></p>")  # Rows below belong to another table.
        # A table of contents repeats the headings, with page numbers that the text does not have.
        if not text or re.match("(?:toc|contents) (?:heading|[1-9])$", style):
            return
        if level is not None and 0 <= level < 6:
            self.lists.clear()
            text = re.sub(r"\s+", " ", f"{mark} {text}".strip())
            self.html.append(f"<h{level + 1}>{text}</h{level + 1}>")
        elif number := re.fullmatch(r"(\d{1,4})[.)]", mark):
            following = int(number[1]) + 1
            item = f'<ol start="{number[1]}"><li>{text}</li></ol><!--{following}-->'
            self.add_item("ol", item, following)
        elif mark == "o" or (mark and not re.search(r"\w", mark)):  # Word writes a circle as "o".
            self.add_item("ul", f"<ul><li>{text}</li></ul>")
        else:
            self.lists.clear()
            self.html.append(f"<p>{mark} {text.replace(_LINE_END, '<br>')}</p>")

    def add_item(self, tag: str, item: str, following: int = 0) -> None:
        """Write a list item, nested in the preceding items that are indented less.

        `following` is the number that continues a numbered list.
        """
        depth = (self.list_level, self.indent)
        while self.lists and self.lists[-1][0] >= depth:
            self.lists.pop()
        for _, outer, number in reversed(self.lists):
            item = f"<{outer}><li>{item}</li></{outer}>"
            item += f"<!--{number}-->" if outer == "ol" else ""
        self.lists.append((depth, tag, following))
        self.html.append(item)

    def end_cell(self) -> None:
        mark = self.take_text("mark").strip()
        self.cells.append(f"<td>{mark} {self.take_text('text').strip()}</td>")

    def end_row(self) -> None:
        self.lists.clear()
        self.html.append(f"<table><tr>{''.join(self.cells)}</tr></table>")
        self.cells.clear()

    def end_destination(self, destination: str) -> None:
        """Store the collected text of a destination other than the paragraph itself."""
        if destination == "note":
            self.buffers["text"].append(
                f'<a role="doc-noteref" href="#note-{len(self.notes)}"></a>'
            )
            words = write_tagged_scripts(self.take_text("note"))
            self.notes.append(f'<div id="note-{len(self.notes)}">{words}</div>')
        elif destination in _INFO_FIELDS:
            self.info[destination] = self.take_text(destination)
        elif destination == "style" and (name := self.take_text("style").strip(" ;").lower()):
            self.styles[self.style] = name

    def page(self) -> str:
        """Return all paragraphs as an HTML page, with adjacent lists and tables merged."""
        body, count = "".join(self.html), 1
        while count:
            body, count = re.subn(
                r"</(ul|table)><\1>|</ol><!--\d+--><ol>|"
                r'</ol><!--(\d+)--><ol start="\2">|</li><li>(?=<[uo]l)',
                "",
                body,
            )
        body = re.sub(r"<!--\d+-->", "", body)
        return f"<body>{body}<div>{''.join(self.notes)}</div></body>"
