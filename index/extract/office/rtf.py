"""Read rich text (.rtf) as Markdown.

Names follow the Rich Text Format Specification 1.9.1. Control words that are not listed here only
concern appearance and are ignored. Writing paragraphs as HTML is left to `rtf_paragraphs`.
"""

import codecs
import re
from dataclasses import dataclass, field, replace

from index.errors import UnreadableFile
from index.extract.office.rtf_paragraphs import Paragraphs
from index.extract.plain_text import infer_title
from index.extract.web.html import html_to_markdown
from index.text.canonical import Extract, join_authors, parse_date, shorten

_RTF_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<byte>[0-9a-fA-F]{2})|"
    r"\\(?P<symbol>.)|(?P<open>\{)|(?P<close>\})|[\r\n]+|(?P<text>[^\\{}\r\n]+)|\\",
    re.DOTALL,
)
_CHARACTERS = {
    **{"tab": "\t", "line": "\n", "softline": " ", "emspace": " ", "enspace": " ", "bullet": "•"},
    **{"emdash": "\u2014", "endash": "\u2013", "lquote": "\u2018", "rquote": "\u2019"},
    **{"ldblquote": "\u201c", "rdblquote": "\u201d", "zwj": "\u200d", "zwnj": "\u200c"},
}
_SCRIPTS = {"super": "sup", "up": "sup", "sub": "sub", "dn": "sub", "nosupersub": ""}
"""Control words that raise or lower text, with the tag that HTML has for it."""

_FALLBACKS = ("~", "_", "-", "{", "}", "\\")
_SYMBOLS = {"~": "\xa0", "_": "-", "{": "{", "}": "}", "\\": "\\"}
_DESTINATIONS = {
    **{"fonttbl": "fonts", "stylesheet": "style", "info": "nowhere", "title": "title"},
    **{"author": "author", "revtim": "revtim", "creatim": "creatim"},
    **{"footnote": "note", "listtext": "mark", "pntext": "mark"},
}
_SKIPPED_DESTINATIONS = frozenset(
    [
        *("colortbl", "filetbl", "listtable", "listoverridetable", "revtbl", "rsidtbl", "pict"),
        *("objdata", "nonshppict", "header", "headerl", "headerr", "headerf", "footer", "footerl"),
        *("footerr", "footerf", "annotation", "atnid", "atnauthor", "atndate", "atnref", "fldinst"),
        *("xe", "tc", "rxe", "ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "sp"),
        *("private", "template", "operator", "company", "manager", "keywords", "subject"),
        *("comment", "doccomm", "category", "hlinkbase", "generator", "xmlnstbl", "pgdsctbl"),
    ]
)
# Codes from 128 to 159 mean those of Windows; other control characters are dropped.
_PRINTABLE = {code: "" for code in range(32) if chr(code) not in "\t\n"} | {
    code: bytes([code]).decode("cp1252", "ignore") for code in range(127, 160)
}
_PRINTABLE[127] = ""
_CODEPAGES = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_OTHER_CODEPAGES = {
    **{65001: "utf-8", 10000: "mac_roman", 20866: "koi8_r", 21866: "koi8_u"},
    **{28590 + part: f"iso8859_{part}" for part in range(1, 17)},
}
_CHARSETS = {
    **{0: "cp1252", 77: "mac_roman", 128: "cp932", 129: "cp949", 134: "cp936", 136: "cp950"},
    **{161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257"},
    **{
        130: "johab",
        181: "cp1255",
        204: "cp1251",
        222: "cp874",
        238: "cp1250",
        254: "cp437",
        255: "cp850",
    },
}


def read_rtf(data: bytes) -> Extract:
    """Read an RTF document without headers, footers, comments and hidden text."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise UnreadableFile(r"the RTF document is damaged: it does not start with {\rtf")
    paragraphs = Paragraphs()
    _RtfParser(paragraphs).parse(data.decode("latin-1"))
    text = html_to_markdown(paragraphs.page())
    title = shorten(paragraphs.info["title"]) or infer_title(text)
    author = join_authors(paragraphs.info["author"])
    date = parse_date(paragraphs.info["revtim"], paragraphs.info["creatim"])
    return Extract(title, text, "application/rtf", author=author, date=date)


@dataclass(frozen=True, slots=True)
class _Group:
    """State that lasts until a brace is closed.

    `destination` is where text goes, `fallback` the number of fallback characters after `\\u`,
    `encoding` that of the font, `script` the tag of raised or lowered text, and `hidden` text is
    dropped. In a `right_to_left` run, the associated font counts.
    """

    destination: str = "text"
    fallback: int = 1
    encoding: str = ""
    script: str = ""
    hidden: bool = False
    right_to_left: bool = False


@dataclass(slots=True)
class _RtfParser:
    """State of the parser. `to_skip` counts the remaining fallback characters after `\\u`."""

    paragraphs: Paragraphs
    group: _Group = field(default_factory=_Group)
    outer_groups: list[_Group] = field(default_factory=list)
    pending_bytes: bytearray = field(default_factory=bytearray)
    to_skip: int = 0
    optional: bool = False
    codepage: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    default_font: int = -1

    def parse(self, rtf: str) -> None:
        """Parse a whole document, given as one character per byte."""
        position = 0
        while token := _RTF_TOKEN.match(rtf, position):
            position = token.end()
            if token["byte"]:
                self.pending_bytes += bytes([int(token["byte"], 16)]) if not self.to_skip else b""
                self.to_skip = max(0, self.to_skip - 1)
                continue
            if token["text"]:
                # A character of two bytes may have its second one here.
                self.pending_bytes += token["text"][self.to_skip :].encode("latin-1")
                self.to_skip = max(0, self.to_skip - len(token["text"]))
                self.optional = False
                continue
            self.flush_bytes()
            if token["word"] == "bin":
                position += max(0, int(token["number"] or 0))
            else:
                self.handle_token(token)
            if token["close"] and not self.outer_groups:
                self.paragraphs.end_paragraph()
                return
        raise UnreadableFile("the RTF document is damaged: its end is missing")

    def handle_token(self, token: re.Match[str]) -> None:
        if token["open"]:
            self.outer_groups.append(self.group)
            self.to_skip = 0
            if self.group.destination == "style":
                self.paragraphs.style = 0
        elif token["close"]:
            self.close_group()
        elif self.to_skip and (token["word"] in _CHARACTERS or token["symbol"] in _FALLBACKS):
            self.to_skip -= 1
        elif token["word"]:
            self.apply_word(
                token["word"], None if token["number"] is None else int(token["number"])
            )
        elif token["symbol"]:
            self.add_symbol(token["symbol"])
        self.optional = token["symbol"] == "*"

    def add(self, text: str) -> None:
        if not self.group.hidden:
            text = text.translate(_PRINTABLE)
            self.paragraphs.add(self.group.destination, text, self.group.script)

    def add_symbol(self, symbol: str) -> None:
        if symbol in "\r\n":
            self.apply_word("par", None)
        else:
            self.add(_SYMBOLS.get(symbol, ""))

    def flush_bytes(self) -> None:
        """Decode the collected bytes; a character may consist of two."""
        if self.pending_bytes:
            encoding = self.group.encoding or self.fonts.get(self.default_font) or self.codepage
            self.add(self.pending_bytes.decode(encoding, "replace"))
            self.pending_bytes.clear()

    def close_group(self) -> None:
        inner, self.to_skip = self.group, 0
        self.group = self.outer_groups.pop() if self.outer_groups else _Group()
        # Each style is a group inside the group of all styles.
        if inner.destination != self.group.destination or inner.destination == "style":
            self.paragraphs.end_destination(inner.destination)

    def apply_word(self, word: str, number: int | None) -> None:
        """Apply a control word."""
        if word in _DESTINATIONS:
            self.group = replace(self.group, destination=_DESTINATIONS[word], script="")
        elif word in _SKIPPED_DESTINATIONS or (self.optional and word != "shpinst"):
            self.group = replace(self.group, destination="nowhere")
        elif word in _CHARACTERS:
            self.add(_CHARACTERS[word])
        elif word == "u":
            code = number or 0
            self.add(chr(code if 0 <= code <= 0x10FFFF else code % 0x10000))
            self.to_skip = self.group.fallback
        elif self.group.destination in ("revtim", "creatim"):
            if word in ("yr", "mo", "dy"):
                self.add(f"{number or 0:04}" if word == "yr" else f"-{number or 0:02}")
        elif word == "s":
            self.paragraphs.style = number or 0
        elif (
            not self.apply_run(word, number)
            and not self.apply_encoding(word, number)
            and self.group.destination in ("text", "note")
        ):
            self.apply_layout(word, number)

    def apply_run(self, word: str, number: int | None) -> bool:
        """Apply a control word that concerns a run of text; return False for any other."""
        if word in _SCRIPTS:
            self.group = replace(self.group, script="" if number == 0 else _SCRIPTS[word])
        elif word in ("v", "deleted"):
            self.group = replace(self.group, hidden=number != 0)
        elif word in ("rtlch", "ltrch"):
            self.group = replace(self.group, right_to_left=word == "rtlch")
        elif word == "plain":
            self.group = replace(self.group, encoding="", script="", hidden=False)
        else:
            return False
        return True

    def apply_encoding(self, word: str, number: int | None) -> bool:
        """Apply a control word that concerns the encoding; return False for any other."""
        if word == "uc":
            self.group = replace(self.group, fallback=max(0, number or 0))
        elif word == "ansicpg":
            self.codepage = _supported_encoding(number or 0)
        elif word in _CODEPAGES:
            self.codepage = _CODEPAGES[word]
        elif word == "deff":
            self.default_font = -1 if number is None else number
        elif word == "af" and self.group.right_to_left:
            self.group = replace(self.group, encoding=self.fonts.get(number or 0, ""))
        elif word == "f":
            self.font = number or 0
            self.group = replace(self.group, encoding=self.fonts.get(self.font, ""))
        elif word == "fcharset" and self.group.destination == "fonts":
            self.fonts[self.font] = _CHARSETS.get(number or 0, "")
        elif word == "cpg" and self.group.destination == "fonts":
            self.fonts[self.font] = _supported_encoding(number or 0)
        else:
            return False
        return True

    def apply_layout(self, word: str, number: int | None) -> None:
        """Apply a control word that concerns paragraphs or tables."""
        paragraphs = self.paragraphs
        if word in ("par", "sect", "page"):
            if self.group.destination == "note" or paragraphs.in_table:
                self.add(" ")
            else:
                paragraphs.end_paragraph()
        elif word == "pard":
            paragraphs.style, paragraphs.level, paragraphs.in_table = 0, None, False
            paragraphs.list_level, paragraphs.indent = 0, 0
        elif word == "outlinelevel":
            paragraphs.level = number
        elif word == "ilvl":
            paragraphs.list_level = number or 0
        elif word == "li":
            paragraphs.indent = number or 0
        elif word == "intbl":
            paragraphs.in_table = True
        elif word in ("cell", "nestcell"):
            paragraphs.end_cell()
        elif word == "row":
            paragraphs.end_row()


def _supported_encoding(codepage: int) -> str:
    """Return the encoding of a code page of Windows, cp1252 if there is none.

    >>> [_supported_encoding(codepage) for codepage in (1251, 65001, 28592, 12345)]
    ['cp1251', 'utf-8', 'iso8859_2', 'cp1252']
    """
    encoding = _OTHER_CODEPAGES.get(codepage, f"cp{codepage}")
    try:
        codecs.lookup(encoding)
    except LookupError:
        return "cp1252"
    return encoding
