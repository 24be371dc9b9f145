"""Rich text (.rtf) as Markdown.

Control words are those of the Rich Text Format Specification 1.9.1; what is not named here is
about looks, and is passed over.
"""

import re
from dataclasses import dataclass, field, replace

from index.errors import UnreadableFile
from index.extract.office.rtf_paragraphs import Paragraphs
from index.extract.plain_text import heading_title
from index.extract.web.html import html_to_markdown
from index.text.canonical import Extract, join_authors, parse_date, shorten

_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<byte>[0-9a-fA-F]{2})|"
    r"\\(?P<symbol>.)|(?P<open>\{)|(?P<close>\})|[\r\n]+|(?P<text>[^\\{}\r\n]+)|\\",
    re.DOTALL,
)
_CHARACTERS = {
    **{"tab": "\t", "line": "\n", "softline": " ", "emspace": " ", "enspace": " ", "bullet": "•"},
    **{"emdash": "\u2014", "endash": "\u2013", "lquote": "\u2018", "rquote": "\u2019"},
    **{"ldblquote": "\u201c", "rdblquote": "\u201d"},
}
_SYMBOLS = {"~": "\xa0", "_": "-", "{": "{", "}": "}", "\\": "\\"}
_PARTS = {
    **{"fonttbl": "fonts", "stylesheet": "style", "info": "nowhere", "title": "title"},
    **{"author": "author", "revtim": "revtim", "creatim": "creatim"},
    **{"footnote": "note", "listtext": "mark", "pntext": "mark"},
}
_NOT_TEXT = frozenset(
    [
        *("colortbl", "filetbl", "listtable", "listoverridetable", "revtbl", "rsidtbl", "pict"),
        *("objdata", "nonshppict", "header", "headerl", "headerr", "headerf", "footer", "footerl"),
        *("footerr", "footerf", "annotation", "atnid", "atnauthor", "atndate", "atnref", "fldinst"),
        *("xe", "tc", "rxe", "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "sp"),
        *("private", "template", "operator", "company", "manager", "keywords", "subject"),
        *("comment", "doccomm", "category", "hlinkbase", "generator", "xmlnstbl", "pgdsctbl"),
    ]
)
_CODEPAGES = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_CHARSETS = {
    **{0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950"},
    **{161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257"},
    **{204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850"},
}


def read_rtf(data: bytes) -> Extract:
    if not data.lstrip().startswith(b"{\\rtf"):
        raise UnreadableFile("the RTF document is damaged: it does not begin as one")
    written = Paragraphs()
    _Reader(written).read(data.decode("latin-1"))
    _, text = html_to_markdown(written.page())
    title = shorten(written.said["title"]) or heading_title(text)
    author = join_authors(written.said["author"])
    date = parse_date(written.said["revtim"], written.said["creatim"])
    return Extract(title, text, "application/rtf", author=author, date=date)


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds until a brace is closed: where text goes, and how it is to be read."""

    part: str = "text"
    fallback: int = 1
    encoding: str = ""
    hidden: bool = False


@dataclass(slots=True)
class _Reader:
    """Where the reading stands. `left` counts the characters that stand in for one in Unicode."""

    written: Paragraphs
    group: _Group = field(default_factory=_Group)
    outer: list[_Group] = field(default_factory=list)
    encoded: bytearray = field(default_factory=bytearray)
    left: int = 0
    starred: bool = False
    codepage: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0

    def read(self, rtf: str) -> None:
        """Read a whole document, a character per byte."""
        at = 0
        while token := _TOKEN.match(rtf, at):
            at = token.end()
            if token["byte"]:
                self.encoded += bytes([int(token["byte"], 16)]) if not self.left else b""
                self.left = max(0, self.left - 1)
                continue
            self.end_encoded()
            if token["word"] == "bin":
                at += max(0, int(token["number"] or 0))
            else:
                self.take(token)
            if token["close"] and not self.outer:
                self.written.end_paragraph()
                return
        raise UnreadableFile("the RTF document is damaged: it ends in the middle")

    def take(self, token: re.Match[str]) -> None:
        if token["open"]:
            self.outer.append(self.group)
            if self.group.part == "style":
                self.written.style = 0
        elif token["close"]:
            self.close_group()
        elif token["word"]:
            self.obey(token["word"], None if token["number"] is None else int(token["number"]))
        elif token["symbol"]:
            self.add_symbol(token["symbol"])
        elif token["text"]:
            self.add(token["text"][self.left :])
            self.left = max(0, self.left - len(token["text"]))
        self.starred = token["symbol"] == "*"

    def add(self, text: str) -> None:
        if not self.group.hidden:
            self.written.add(self.group.part, text)

    def add_symbol(self, symbol: str) -> None:
        if symbol in "\r\n":
            self.obey("par", None)
        else:
            self.add(_SYMBOLS.get(symbol, ""))

    def end_encoded(self) -> None:
        """Decode the bytes so far, two of which may be one character."""
        if self.encoded:
            self.add(self.encoded.decode(self.group.encoding or self.codepage, "replace"))
            self.encoded.clear()

    def close_group(self) -> None:
        inner, self.left = self.group, 0
        self.group = self.outer.pop() if self.outer else _Group()
        # Each style is a group of its own inside of the group of all styles.
        if inner.part != self.group.part or inner.part == "style":
            self.written.end_part(inner.part)

    def obey(self, word: str, number: int | None) -> None:
        """Do what a control word says."""
        if word in _PARTS:
            self.group = replace(self.group, part=_PARTS[word])
        elif word in _NOT_TEXT or (self.starred and word != "shpinst"):
            self.group = replace(self.group, part="nowhere")
        elif word in _CHARACTERS:
            self.add(_CHARACTERS[word])
        elif word == "u":
            self.add(chr((number or 0) % 0x10000))
            self.left = self.group.fallback
        elif word in ("v", "deleted"):
            self.group = replace(self.group, hidden=number != 0)
        elif self.group.part in ("revtim", "creatim"):
            if word in ("yr", "mo", "dy"):
                self.add(f"{number or 0:04}" if word == "yr" else f"-{number or 0:02}")
        elif word == "s":
            self.written.style = number or 0
        elif not self.obey_encoding(word, number) and self.group.part in ("text", "note"):
            self.obey_layout(word, number)

    def obey_encoding(self, word: str, number: int | None) -> bool:
        """Do what a control word says of how text is encoded; False where it says nothing."""
        if word == "uc":
            self.group = replace(self.group, fallback=max(0, number or 0))
        elif word == "ansicpg":
            self.codepage = _known(f"cp{number}")
        elif word in _CODEPAGES:
            self.codepage = _CODEPAGES[word]
        elif word == "f":
            self.font = number or 0
            self.group = replace(self.group, encoding=self.fonts.get(self.font, ""))
        elif word == "fcharset" and self.group.part == "fonts":
            self.fonts[self.font] = _CHARSETS.get(number or 0, "")
        elif word == "plain":
            self.group = replace(self.group, encoding="", hidden=False)
        else:
            return False
        return True

    def obey_layout(self, word: str, number: int | None) -> None:
        """Do what a control word says of paragraphs and tables."""
        written = self.written
        if word in ("par", "sect", "page"):
            if self.group.part == "note" or written.in_table:
                self.add(" ")
            else:
                written.end_paragraph()
        elif word == "pard":
            written.style, written.level, written.in_table = 0, None, False
            written.list_level, written.indent = 0, 0
        elif word == "outlinelevel":
            written.level = number
        elif word == "ilvl":
            written.list_level = number or 0
        elif word == "li":
            written.indent = number or 0
        elif word == "intbl":
            written.in_table = True
        elif word in ("cell", "nestcell"):
            written.end_cell()
        elif word == "row":
            written.end_row()


def _known(encoding: str) -> str:
    try:
        b"".decode(encoding)
    except LookupError:
        return "utf-8" if encoding == "cp65001" else "cp1252"
    return encoding
