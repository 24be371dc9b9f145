"""Read what was filled into the fields of a PDF form and its free notes, each beside its label."""

import ctypes
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from index.extract.pdf.right_to_left import read_characters
from index.extract.pdf.turned import read_text, read_upright

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfFormEnv, PdfPage, PdfTextPage
    from pypdfium2.raw import fpdf_annotation_t

_MAX_FIELDS = 2000
"""Maximum number of fields and notes that are read on one page."""

_MAX_VALUE_LENGTH = 20_000_000
"""Maximum length of a value in bytes of UTF-16; PDFium writes nothing of a longer one."""

_HIDDEN = 2 | 32
"""Flags of annotations that are not shown."""

_PASSWORD = 1 << 13
"""Flag of text fields that hold a password."""

_TICK = "\u2612"


class _Field(NamedTuple):
    left: float
    bottom: float
    top: float
    value: str


class _Line(NamedTuple):
    start: int
    end: int
    bottom: float
    top: float


def open_form(pdf: "PdfDocument") -> None:
    """Make the fields of a form readable; to be called before any page is opened."""
    from pypdfium2 import PdfiumError

    try:
        if pdf.get_formtype():
            pdf.init_forms()
    except PdfiumError:
        return  # A damaged form must not stop the pages from being read.


def read_filled(page: "PdfPage") -> str:
    """Return the text of a page with the values of its fields where they stand."""
    fields = sorted(_read_fields(page), key=lambda field: (-field.top, field.left))
    if not fields:
        return read_text(page)
    textpage, is_turned = read_upright(page)
    if is_turned:
        return "\r\n".join([read_text(page), *(field.value for field in fields)])
    return _insert_values(textpage, fields)


def _read_fields(page: "PdfPage") -> Iterator[_Field]:
    from pypdfium2 import raw

    for number in range(min(raw.FPDFPage_GetAnnotCount(page), _MAX_FIELDS)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        box = raw.FS_RECTF()
        shown = not raw.FPDFAnnot_GetFlags(annotation) & _HIDDEN
        if shown and raw.FPDFAnnot_GetRect(annotation, ctypes.byref(box)):
            value = " ".join(_value_of(page, annotation).split())
            if value:
                low, high = sorted((box.bottom, box.top))
                yield _Field(min(box.left, box.right), low, high, value)
        raw.FPDFPage_CloseAnnot(annotation)


def _value_of(page: "PdfPage", annotation: "fpdf_annotation_t") -> str:
    """Return the text of a free note, or the value of a field; a tick without a word is a box."""
    from pypdfium2 import raw

    subtype = raw.FPDFAnnot_GetSubtype(annotation)
    if subtype == raw.FPDF_ANNOT_FREETEXT:
        return _read_string(raw.FPDFAnnot_GetStringValue, annotation, b"Contents")
    if subtype != raw.FPDF_ANNOT_WIDGET or not page.formenv:
        return ""
    of_field = (page.formenv, annotation)
    kind = raw.FPDFAnnot_GetFormFieldType(*of_field)
    if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        if not raw.FPDFAnnot_IsChecked(*of_field):
            return ""
        value = _read_string(raw.FPDFAnnot_GetFormFieldExportValue, *of_field)
        return value if any(character.isalpha() for character in value) else _TICK
    lists = (raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)
    if kind in lists and (labels := _chosen_labels(*of_field)):
        return ", ".join(labels)
    texts = (raw.FPDF_FORMFIELD_TEXTFIELD, *lists)
    if kind not in texts or raw.FPDFAnnot_GetFormFieldFlags(*of_field) & _PASSWORD:
        return ""
    return _read_string(raw.FPDFAnnot_GetFormFieldValue, *of_field)


def _chosen_labels(form: "PdfFormEnv", annotation: "fpdf_annotation_t") -> list[str]:
    """Return what a list shows of its chosen options, whose values may be codes."""
    from pypdfium2 import raw

    count = min(raw.FPDFAnnot_GetOptionCount(form, annotation), _MAX_FIELDS)
    chosen = [at for at in range(count) if raw.FPDFAnnot_IsOptionSelected(form, annotation, at)]
    labels = [_read_string(raw.FPDFAnnot_GetOptionLabel, form, annotation, at) for at in chosen]
    return [label for label in labels if label]


def _read_string(read, *subject) -> str:  # type: ignore[no-untyped-def]
    """Return the string that a function of PDFium writes into a buffer, in UTF-16."""
    from pypdfium2.raw import FPDF_WCHAR

    length = min(read(*subject, None, 0), _MAX_VALUE_LENGTH)
    buffer = ctypes.create_string_buffer(length + 2)
    if length < 2 or read(*subject, ctypes.cast(buffer, ctypes.POINTER(FPDF_WCHAR)), length) < 2:
        return ""
    return buffer.raw[:length].decode("utf-16-le", "replace").rstrip("\0")


def _insert_values(textpage: "PdfTextPage", fields: Sequence[_Field]) -> str:
    characters = read_characters(textpage)
    boxes = [_box_of(textpage, place) for place in range(len(characters))]
    lines = _find_lines("".join(written[-1:] or "\0" for written in characters), boxes)
    pieces: dict[int, list[str]] = {}
    for field in fields:
        place, before, after = _place_of(field, lines, boxes)
        pieces.setdefault(place, []).append(before + field.value + after)
    parts, last = [], 0
    for place in sorted(pieces):
        parts += [*characters[last:place], *pieces[place]]
        last = place
    return "".join([*parts, *characters[last:]])


_CharacterBox = tuple[float, float, float, float] | None


def _box_of(textpage: "PdfTextPage", place: int) -> _CharacterBox:
    from pypdfium2 import PdfiumError

    try:
        left, bottom, right, top = textpage.get_charbox(place)
    except PdfiumError:
        return None
    return (left, bottom, right, top) if left < right and bottom < top else None


def _find_lines(text: str, boxes: Sequence[_CharacterBox]) -> list[_Line]:
    lines, start = [], 0
    for line in text.split("\r\n"):
        end = start + len(line)
        found = [box for box in boxes[start:end] if box]
        if found:
            bottom, top = min(box[1] for box in found), max(box[3] for box in found)
            lines.append(_Line(start, end, bottom, top))
        start = end + 2
    return lines


def _place_of(
    field: _Field, lines: Sequence[_Line], boxes: Sequence[_CharacterBox]
) -> tuple[int, str, str]:
    """Return where a value goes in the text, and the separators before and after it.

    It goes behind the character to its left, before that to its right, or else below the line
    above it.
    """
    before: tuple[float, int] | None = None
    behind: tuple[float, int] | None = None
    for line in lines:
        if not field.bottom - 2 <= (line.bottom + line.top) / 2 <= field.top + 2:
            continue
        for place in range(line.start, line.end):
            box = boxes[place]
            if box and (box[0] + box[2]) / 2 <= field.left:
                before = max(before or (box[2], place), (box[2], place))
            elif box:
                behind = min(behind or (box[0], place), (box[0], place))
    if before:
        return before[1] + 1, " ", ""
    if behind:
        return behind[1], "", " "
    above = [line for line in lines if line.bottom >= field.bottom]
    if above:
        return min(above, key=lambda line: line.bottom).end, "\r\n", ""
    return 0, "", "\r\n"
