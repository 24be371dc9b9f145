"""Write the paragraphs of a rich text as HTML while `rtf` parses it."""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from html import escape, unescape
from typing import ClassVar

from index.extract.office.margin_lines import choose_margin_lines
from index.extract.office.rtf_tables import Row, write_table
from index.text.scripts import write_tagged_scripts

_LINE_END = "\n"
_LISTS_APART = "<div></div>"
_INFO_FIELDS = ("title", "author", "revtim", "creatim")
# Some programs write the bullet or number of a list item as text, followed by a tab.
_BLOCK = re.compile(r"</?(?:p|td|li|h[1-6])\b[^>]*>")
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002]\W*$")
_TYPED_LIST_MARK = re.compile("([•·▪\uf0b7\u2013-]|\\d{1,3}[.)])\\t\\s*|([•·▪\uf0b7])\\s*")


@dataclass(slots=True)
class Paragraphs:
    """The paragraphs written so far, and buffers of the one that is being parsed.

    Those of a text box are kept in `boxes` of the paragraph around until it ends.

    There is a buffer for each destination of text that is used: the `written` ones hold HTML of
    the paragraph itself, a note, a comment, a header or footer; others the mark of a list item, the
    instruction of a field, each field of metadata and the name of a style. Text for any other
    destination is dropped; `skipped` counts such groups by their control word. `edges` are the
    left edge of a row and the right ones of its cells.
    """

    written: ClassVar = ("text", "note", "comment", "margin", "first margin", "left margin")

    html: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    buffers: dict[str, list[str]] = field(
        default_factory=lambda: {
            destination: []
            for destination in (
                *Paragraphs.written,
                "mark",
                "field",
                "commenter",
                "style",
                *_INFO_FIELDS,
            )
        }
    )
    lines: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    edges: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    margins: list[tuple[str, str]] = field(default_factory=list)
    shown: set[str] = field(default_factory=lambda: {"margin"})
    skipped: Counter[str] = field(default_factory=Counter)
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
            words = text if destination in (*_INFO_FIELDS, "field") else escape(text)
            raised = script and words and destination in self.written
            self.buffers[destination].append(f"<{script}>{words}</{script}>" if raised else words)

    def take_text(self, destination: str) -> str:
        text = "".join(self.buffers[destination])
        self.buffers[destination].clear()
        return re.sub(r"</(su[bp])><\1>", "", text)

    def begin_box(self) -> "Paragraphs":
        """Return the paragraphs of a text box, which shares all but its text with the document."""
        return Paragraphs(
            notes=self.notes,
            margins=self.margins,
            shown=self.shown,
            skipped=self.skipped,
            info=self.info,
            styles=self.styles,
        )

    def add_box(self, box: "Paragraphs") -> None:
        """Keep a text box until the current paragraph ends."""
        box.end_paragraph()
        self.boxes += [_LISTS_APART, *box.html, _LISTS_APART]

    def end_paragraph(self) -> None:
        """Write the current paragraph, and below it the text boxes that stand in it."""
        self.write_paragraph()
        if self.boxes:
            self.lists.clear()
            self.html += self.boxes
            self.boxes.clear()

    def write_paragraph(self) -> None:
        """Write the current paragraph as a heading, a list item or plain text."""
        mark, text = self.take_text("mark").strip(), self.take_text("text").strip()
        style = self.styles.get(self.style, "")
        heading = re.fullmatch(r"heading ([1-6])", style)
        level = int(heading[1]) - 1 if heading else 0 if style == "title" else self.level
        if typed := _TYPED_LIST_MARK.match(text):
            mark, text = typed[1] or typed[2], text[typed.end() :]
        self.end_table()
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

    def add_ruby(self, destination: str, base: str, reading: str) -> None:
        """Add a word with its reading."""
        if destination in self.written:
            words = f"<ruby>{escape(base)}<rt>{escape(reading)}</rt></ruby>"
            self.buffers[destination].append(words)

    def is_at_end(self) -> bool:
        """Whether the text may end here: behind a paragraph, a table or a sentence."""
        text = _plain_text("".join(self.buffers["text"])).strip()
        is_end = bool(_SENTENCE_END.search(text)) if text else bool(self.html or self.rows)
        return is_end and not self.lines and not self.cells

    def end_cell_line(self) -> None:
        """End a paragraph in a cell, which becomes one line with the marks of its items."""
        mark = self.take_text("mark").strip()
        # Word writes a circle as "o", and other bullets in fonts of its own.
        is_bullet = mark == "o" or unicodedata.category(mark[:1] or " ") == "Co"
        self.lines += ["•" if is_bullet else mark, self.take_text("text").strip(), *self.boxes]
        self.boxes.clear()

    def end_cell(self) -> None:
        self.end_cell_line()
        self.cells.append(" ".join(filter(None, self.lines)))
        self.lines.clear()

    def end_row(self) -> None:
        self.lists.clear()
        is_drawn = len(self.edges) == len(self.cells) + 1 and self.edges == sorted(self.edges)
        self.rows.append(Row(tuple(self.cells), tuple(self.edges) if is_drawn else ()))
        self.cells.clear()

    def end_table(self) -> None:
        """Write the rows collected so far; those below belong to another table."""
        if self.cells:
            self.end_row()  # Its end is missing.
        if self.rows:
            self.html.append(write_table(self.rows))
            self.rows.clear()

    def end_destination(self, destination: str) -> None:
        """Store the collected text of a destination other than the paragraph itself."""
        if destination in ("note", "comment"):
            self.add_note(write_tagged_scripts(self.take_text(destination)), destination)
        elif destination in ("margin", "first margin", "left margin"):
            lines = _plain_text(self.take_text(destination)).split("\n")
            self.margins += [(destination, line) for line in lines]
        elif destination in _INFO_FIELDS:
            self.info[destination] = self.take_text(destination)
        elif destination == "style" and (name := self.take_text("style").strip(" ;").lower()):
            self.styles[self.style] = name

    def add_note(self, words: str, kind: str) -> None:
        """Keep a note, or a comment with its author, and refer to it in the paragraph."""
        if kind == "comment":
            author = " ".join(self.take_text("commenter").split())
            words = f"comment by {author}: {words}" if author else f"comment: {words}"
        self.buffers["text"].append(f'<a role="doc-noteref" href="#note-{len(self.notes)}"></a>')
        self.notes.append(f'<div id="note-{len(self.notes)}">{words}</div>')

    def page(self) -> str:
        """Return all paragraphs as an HTML page, with adjacent lists merged."""
        self.end_table()
        body, count = "".join(self.html), 1
        while count:
            body, count = re.subn(
                r"</ul><ul>|</ol><!--\d+--><ol>|"
                r'</ol><!--(\d+)--><ol start="\1">|</li><li>(?=<[uo]l)',
                "",
                body,
            )
        body = re.sub(r"<!--\d+-->", "", body)
        shown = [line for kind, line in self.margins if kind in self.shown]
        own = _BLOCK.split(body) if shown else []
        lines = choose_margin_lines(shown, map(_plain_text, own))
        margins = "".join(f"<p>{escape(line)}</p>" for line in lines)
        return f"<body>{body}{margins}<div>{''.join(self.notes)}</div></body>"


def _plain_text(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", write_tagged_scripts(html)))
