"""Write the readings of a page's characters (ruby) in parentheses behind them: 大阪(おおさか)."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import Tag


def write_readings(soup: "Tag") -> None:
    """Write each reading behind its word; those with parentheses of their own (rp) stay.

    The characters of a word stay together, whether one element holds them or several.
    """
    from bs4 import Tag

    carried: list[str] = []
    within: set[int] = set()
    for ruby in soup("ruby"):
        if id(ruby) in within:
            continue  # It belongs to the reading of another one.
        within.update(map(id, ruby("ruby")))
        if ruby.find("rp"):
            continue
        readings = [*carried, *_take_readings(ruby)]
        after = ruby.next_sibling
        is_continued = isinstance(after, Tag) and after.name == "ruby" and not after.find("rp")
        carried = readings if is_continued else []
        if readings and not is_continued:
            gap = " " if len(ruby.get_text().split()) > 1 else ""
            ruby.append(f"({gap.join(readings)})")


def _take_readings(ruby: "Tag") -> list[str]:
    """Remove the readings from an element, and the line ends between its parts; return them."""
    for text in ruby.find_all(string=True, recursive=False):
        if "\n" in text:
            text.replace_with(text.strip())
    readings = []
    for reading in ruby(["rtc", "rt"]):
        if not reading.decomposed:
            readings.append(" ".join(reading.get_text().split()))
            reading.decompose()
    return [reading for reading in readings if reading]
