"""Write what the fields of a form show on a page, as text where they stand."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import Tag

_WITHOUT_TEXT = ("hidden", "password", "file", "image", "range", "color")
"""Types of input that show no text, or none that is meant to be read."""


def write_fields(element: "Tag") -> None:
    """Replace each field by its value: the chosen option of a list, ☒ or ☐ for a box.

    Text areas and buttons are text already. A list from which nothing is chosen shows its options.
    """
    for suggestions in element("datalist"):
        suggestions.decompose()
    for field in element("input"):
        _write_value(field, _value_of(field))
    for field in element("select"):
        options = field("option")
        chosen = [option for option in options if option.has_attr("selected")]
        if not field.has_attr("multiple") and str(field.get("size") or "1") == "1":
            enabled = [option for option in options if not option.has_attr("disabled")]
            chosen = chosen[-1:] or enabled[:1]
        if chosen or not options:
            labels = (str(option.get("label") or option.get_text()) for option in chosen)
            _write_value(field, ", ".join(filter(None, map(str.strip, labels))))


def _value_of(field: "Tag") -> str:
    kind = str(field.get("type") or "text").lower()
    if kind in ("checkbox", "radio"):
        return "☒" if field.has_attr("checked") else "☐"
    return "" if kind in _WITHOUT_TEXT else str(field.get("value") or "")


def _write_value(field: "Tag", value: str) -> None:
    """Turn a field into an element that is set apart from the words beside it."""
    field.name = "output"
    field.clear(decompose=True)
    if value.strip():
        field.string = " ".join(value.split())
    else:
        field.decompose()
