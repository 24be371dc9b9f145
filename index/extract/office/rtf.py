"""Read rich text (.rtf) as Markdown.

Names follow the Rich Text Format Specification 1.9.1. Control words that are not listed here only
concern appearance and are ignored. Writing paragraphs as HTML is left to `rtf_paragraphs`. A little
long, because all control words share the state of one parser.
"""

import re
from dataclasses import dataclass, field, replace

from index.errors import UnreadableFile
from index.extract.office.margin_lines import PAGE_NUMBER
from index.extract.office.rtf_characters import (
    CHARACTERS,
    CHARSETS,
    CODEPAGES,
    FALLBACKS,
    PRINTABLE,
    SYMBOL,
    SYMBOLS,
    decode,
    read_symbol_field,
    supported_encoding,
)
from index.extract.office.rtf_destinations import (
    DESTINATIONS,
    TEXT_BOXES,
    describe_unread,
    is_skipped,
)
from index.extract.office.rtf_paragraphs import Paragraphs
from index.extract.plain_text import infer_title
from index.extract.web.html.html import html_to_markdown
from index.text.canonical import Extract, join_authors, parse_date, shorten

_RTF_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<byte>[0-9a-fA-F]{2})|"
    r"\\(?P<symbol>.)|(?P<open>\{)|(?P<close>\})|[\r\n]+|(?P<text>[^\\{}\r\n]+)|\\",
    re.DOTALL,
)
_SCRIPTS = {"super": "sup", "up": "sup", "sub": "sub", "dn": "sub", "nosupersub": ""}
"""Control words that raise or lower text, with the tag that HTML has for it."""

_RUBY = re.compile(
    r"^\s*EQ\b.*\\o\s*\\a[a-z]\s*\(\\s\s*\\up\s*-?\d*\s*\((?P<reading>[^()]*)\)\s*[,;](?P<base>[^()]*)\)",
    re.IGNORECASE | re.DOTALL,
)
"""The field that draws the reading of a word above it: EQ \\o\\al(\\s\\up 9(reading),word)."""

_MAX_INSTRUCTION = 1000
_MAX_MISSING_BRACES = 2
_CUT_NOTE = "the closing braces at its end are missing, and so may be its last paragraphs"
_PAGE_FIELDS = ("PAGE", "NUMPAGES", "SECTIONPAGES")


def read_rtf(data: bytes) -> Extract:
    """Read an RTF document without hidden text; what only headers and footers say comes last."""
    if not data.lstrip().startswith(b"{\\rtf"):
        raise UnreadableFile(r"the RTF document is damaged: it does not start with {\rtf")
    paragraphs = Paragraphs()
    is_whole = _RtfParser(_Group(paragraphs)).parse(data.decode("latin-1"))
    text = html_to_markdown(paragraphs.page())
    title = shorten(paragraphs.info["title"]) or infer_title(text)
    author = join_authors(paragraphs.info["author"])
    date = parse_date(paragraphs.info["revtim"], paragraphs.info["creatim"])
    notes = ["" if is_whole else _CUT_NOTE, describe_unread(paragraphs.skipped, text)]
    note = "; ".join(filter(None, notes))
    return Extract(title, text, "application/rtf", author=author, date=date, note=note)


@dataclass(frozen=True, slots=True)
class _Group:
    """State that lasts until a brace is closed.

    `paragraphs` are those of the document, or of the text box around. `destination` is where text
    goes, `fallback` the number of fallback characters after `\\u`, `encoding` that of the font,
    `script` the tag of raised or lowered text, and `hidden` text is dropped. In a `right_to_left`
    run, the associated font counts. A field is a `page_number` if its result is one.
    """

    paragraphs: Paragraphs
    destination: str = "text"
    fallback: int = 1
    encoding: str = ""
    script: str = ""
    hidden: bool = False
    right_to_left: bool = False
    page_number: bool = False


@dataclass(slots=True)
class _RtfParser:
    """State of the parser. `to_skip` counts the remaining fallback characters after `\\u`."""

    group: _Group
    outer_groups: list[_Group] = field(default_factory=list)
    pending_bytes: bytearray = field(default_factory=bytearray)
    to_skip: int = 0
    optional: bool = False
    codepage: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    default_font: int = -1

    @property
    def paragraphs(self) -> Paragraphs:
        return self.group.paragraphs

    def parse(self, rtf: str) -> bool:
        """Parse a document, given as one character per byte; return whether its end is there."""
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
            if token[0].isspace():  # Lines end anywhere, also between the bytes of a character.
                continue
            self.flush_bytes()
            if token["word"] == "bin":
                position += max(0, int(token["number"] or 0))
            else:
                self.handle_token(token)
            if token["close"] and not self.outer_groups:
                self.paragraphs.end_paragraph()
                return True
        self.flush_bytes()
        is_within = self.group.destination != "text" or not self.paragraphs.is_at_end()
        if is_within or len(self.outer_groups) > _MAX_MISSING_BRACES:
            raise UnreadableFile("the RTF document is damaged: its end is missing")
        while self.outer_groups:
            self.close_group()
        self.paragraphs.end_paragraph()
        return False

    def handle_token(self, token: re.Match[str]) -> None:
        if token["open"]:
            self.outer_groups.append(self.group)
            self.to_skip = 0
            if self.group.destination == "style":
                self.paragraphs.style = 0
        elif token["close"]:
            self.close_group()
        elif self.to_skip and (token["word"] in CHARACTERS or token["symbol"] in FALLBACKS):
            self.to_skip -= 1
        elif token["word"]:
            self.apply_word(
                token["word"], None if token["number"] is None else int(token["number"])
            )
        elif token["symbol"]:
            self.add_symbol(token["symbol"])
        self.optional = token["symbol"] == "*"

    def add(self, text: str) -> None:
        if self.group.destination == "fonts" and text.startswith("Symbol"):
            self.fonts[self.font] = SYMBOL
        if not self.group.hidden:
            is_number = self.group.page_number and self.group.destination.endswith("margin")
            text = PAGE_NUMBER if is_number else text.translate(PRINTABLE)
            self.paragraphs.add(self.group.destination, text, self.group.script)

    def add_symbol(self, symbol: str) -> None:
        if symbol in "\r\n":
            self.apply_word("par", None)
        else:
            self.add(SYMBOLS.get(symbol, ""))

    def flush_bytes(self) -> None:
        """Decode the collected bytes; a character may consist of two."""
        if self.pending_bytes:
            encoding = self.group.encoding or self.fonts.get(self.default_font) or self.codepage
            self.add(decode(self.pending_bytes, encoding))
            self.pending_bytes.clear()

    def close_group(self) -> None:
        inner, self.to_skip = self.group, 0
        self.group = self.outer_groups.pop() if self.outer_groups else _Group(inner.paragraphs)
        # Each style is a group inside the group of all styles.
        if inner.destination != self.group.destination or inner.destination == "style":
            if inner.destination == "field":
                self.end_instruction()
            self.paragraphs.end_destination(inner.destination)
        if inner.paragraphs is not self.paragraphs:
            self.paragraphs.add_box(inner.paragraphs)

    def end_instruction(self) -> None:
        """Apply the instruction of a field; its result follows in the group around it."""
        instruction = self.paragraphs.take_text("field")
        if ruby := _RUBY.search(instruction[:_MAX_INSTRUCTION]):
            self.paragraphs.add_ruby(self.group.destination, ruby["base"], ruby["reading"])
        if symbol := read_symbol_field(instruction[:_MAX_INSTRUCTION]):
            self.add(symbol)
            self.group = replace(self.group, destination="nowhere")
        words = instruction.upper().split()
        self.group = replace(self.group, page_number=bool(words) and words[0] in _PAGE_FIELDS)

    def apply_word(self, word: str, number: int | None) -> None:
        """Apply a control word."""
        if self.group.destination == "nowhere" or self.enter_destination(word):
            return
        if word in CHARACTERS:
            self.add(CHARACTERS[word])
        elif word == "u":
            code = number or 0
            self.add(chr(code if 0 <= code <= 0x10FFFF else code % 0x10000))
            self.to_skip = self.group.fallback
        elif self.group.destination in ("revtim", "creatim"):
            if word in ("yr", "mo", "dy"):
                self.add(f"{number or 0:04}" if word == "yr" else f"-{number or 0:02}")
        elif word == "s" and self.group.destination in ("text", "style"):
            self.paragraphs.style = number or 0
        elif (
            not self.apply_run(word, number)
            and not self.apply_encoding(word, number)
            and self.group.destination in self.paragraphs.written
        ):
            self.apply_layout(word, number)

    def enter_destination(self, word: str) -> bool:
        """Send the text of a group where a control word says; return False for any other."""
        if word in DESTINATIONS:
            destination = DESTINATIONS[word]
            # In a note, the mark of a list item is part of the text.
            if destination != "mark" or self.group.destination == "text":
                self.group = replace(self.group, destination=destination, script="")
        elif word in TEXT_BOXES and self.group.destination == "text":
            self.group = replace(self.group, paragraphs=self.paragraphs.begin_box())
        elif is_skipped(word, is_optional=self.optional):
            self.paragraphs.skipped[word] += 1
            self.group = replace(self.group, destination="nowhere")
        else:
            return False
        return True

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
            self.codepage = supported_encoding(number or 0)
        elif word in CODEPAGES:
            self.codepage = CODEPAGES[word]
        elif word == "deff":
            self.default_font = -1 if number is None else number
        elif word == "af" and self.group.right_to_left:
            self.group = replace(self.group, encoding=self.fonts.get(number or 0, ""))
        elif word == "f":
            self.font = number or 0
            self.group = replace(self.group, encoding=self.fonts.get(self.font, ""))
        elif word == "fcharset" and self.group.destination == "fonts":
            self.fonts[self.font] = CHARSETS.get(number or 0, "")
        elif word == "cpg" and self.group.destination == "fonts":
            self.fonts[self.font] = supported_encoding(number or 0)
        else:
            return False
        return True

    def apply_layout(self, word: str, number: int | None) -> None:
        """Apply a control word that concerns paragraphs or tables."""
        if self.group.destination == "text":
            if not self.apply_table(word, number):
                self.apply_paragraph(word, number)
            return
        # Notes and comments become one line, headers and footers may have several.
        in_margin = self.group.destination.endswith("margin")
        if word in ("par", "sect", "page", "row"):
            self.add("\n" if in_margin else " ")
        elif word in ("cell", "nestcell"):
            self.add("\t" if in_margin else " ")
        elif word == "chpgn" and in_margin:
            self.add(PAGE_NUMBER)

    def apply_paragraph(self, word: str, number: int | None) -> None:
        paragraphs = self.paragraphs
        if word in ("par", "sect", "page", "column"):
            if paragraphs.in_table:
                paragraphs.end_cell_line()
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
        elif word in ("titlepg", "facingp"):
            paragraphs.shown.add("first margin" if word == "titlepg" else "left margin")

    def apply_table(self, word: str, number: int | None) -> bool:
        """Apply a control word that concerns tables; return False for any other."""
        paragraphs = self.paragraphs
        if word == "trowd":
            paragraphs.edges, paragraphs.in_table = [0], True
        elif word == "trleft":
            paragraphs.edges[:1] = [number or 0]
        elif word == "cellx":
            paragraphs.edges.append(number or 0)
        elif word == "intbl":
            paragraphs.in_table = True
        elif word == "nestcell":
            paragraphs.end_cell_line()
        elif word == "cell":
            paragraphs.end_cell()
        elif word == "row":
            paragraphs.end_row()
            paragraphs.in_table = False
        else:
            return False
        return True
