"""Read the rows of a sheet in an OpenDocument file."""

from collections.abc import Iterator

from index.extract.office.opendocument.flat_text import flat_text
from index.extract.office.opendocument.html import prefixed_name
from index.extract.office.opendocument.styles import NS, Styles, read_int
from index.extract.office.opendocument.values import value_text
from index.extract.zip_container import Element

_MAX_REPEATS = 1000
"""Maximum number of repetitions of a row or cell."""


def sheet_rows(sheet: Element, styles: Styles) -> Iterator[list[str]]:
    """Yield the rows of a sheet; repetitions that only fill the screen are cut short."""
    repeat = f"{{{NS}table:1.0}}number-columns-repeated"
    for row in sheet.iter(f"{{{NS}table:1.0}}table-row"):
        cells: list[str] = []
        for cell in row:
            if prefixed_name(cell) not in ("table:table-cell", "table:covered-table-cell"):
                continue
            has_text = cell.find(f"{{{NS}text:1.0}}p") is not None
            words = flat_text(cell, styles) or ("" if has_text else value_text(cell))
            cells += [words] * min(read_int(cell, repeat, 1), _MAX_REPEATS)
        times = read_int(row, f"{{{NS}table:1.0}}number-rows-repeated", 1)
        for _ in range(min(times, _MAX_REPEATS) if any(cells) else 1):
            yield cells if any(cells) else []
