"""Read a chart as its titles and a table of the numbers that it was drawn from."""

import re
from collections.abc import Iterator

from index.extract.delimited import format_table
from index.extract.office.drawing_text import A, paragraph_text
from index.extract.office.sheets.cell_format import CellValue, format_cell
from index.extract.zip_container import Element

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:E[+-]?\d+)?", re.IGNORECASE)


def chart_blocks(chart: Element) -> Iterator[str]:
    """Yield the titles of a chart and of its axes, then a table with a column for each series.

    A series whose categories are not those of the series before it has them in a column of its
    own, as each line of a scatter plot may have.
    """
    for title in chart.iter(f"{_CHART}title"):
        lines = [words for p in title.iter(f"{A}p") if (words := paragraph_text(p))]
        yield " ".join(lines or _read_points(title, "tx").values())
    header: list[str] = []
    columns: list[dict[int, str]] = []
    categories: dict[int, str] | None = None
    for series in chart.iter(f"{_CHART}ser"):
        own = _read_points(series, "cat") or _read_points(series, "xVal")
        if categories is None or own not in (categories, {}):
            categories = own
            header.append("")
            columns.append(own)
        header.append(" ".join(_read_points(series, "tx").values()))
        columns.append(_read_points(series, "val") or _read_points(series, "yVal"))
        if sizes := _read_points(series, "bubbleSize"):
            header.append("")
            columns.append(sizes)
    numbers = sorted({number for column in columns for number in column})
    yield format_table([header, *([c.get(n, "") for c in columns] for n in numbers)])


def _read_points(element: Element, name: str) -> dict[int, str]:
    """Return the texts of the points in a part of a series by index.

    Categories may lie in others, such as quarters in years: the inner ones are stored first, and
    an outer one only where it begins.
    """
    part = element.find(f"{_CHART}{name}")
    if part is None:
        return {}
    levels = list(part.iter(f"{_CHART}lvl")) or [part]
    texts = {at: text for level in levels[:1] for at, text in _level_points(level)}
    for level in levels[1:]:
        outer, label = dict(_level_points(level)), ""
        for at in sorted(texts):
            label = outer.get(at, label)
            texts[at] = f"{label} {texts[at]}".strip()
    return texts


def _level_points(level: Element) -> Iterator[tuple[int, str]]:
    shared = next((code.text or "" for code in level.iter(f"{_CHART}formatCode")), "")
    for point in level.iter(f"{_CHART}pt"):
        text = point.findtext(f"{_CHART}v", "")
        is_number = point.getparent().tag == f"{_CHART}numCache"
        if (place := point.get("idx", "")).isdecimal():
            code = point.get("formatCode", shared)
            yield int(place), _format_point(text, code) if is_number else text


def _format_point(text: str, code: str) -> str:
    """Return a number as the format that it has in the chart's sheet shows it.

    >>> _format_point("0.30000000000000004", "General"), _format_point("0.105", "0.0%")
    ('0.3', '10.5%')
    >>> _format_point("45658.0", "yyyy-mm-dd"), _format_point("3", ";;;"), _format_point("-", "0")
    ('2025-01-01', '3', '-')
    """
    from openpyxl.styles.numbers import is_date_format
    from openpyxl.utils.datetime import from_excel

    if not _NUMBER.fullmatch(text):
        return text
    value: CellValue = float(text)
    if is_date_format(code):
        try:
            value = from_excel(value)
        except (ValueError, OverflowError):
            return text
    return format_cell(value, code or "General") or text
