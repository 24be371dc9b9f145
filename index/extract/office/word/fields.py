"""Write what fields show whose text is not in the document: chosen options and equations."""

from collections.abc import Iterator
from dataclasses import dataclass

from index.extract.office.word.equations import write_equation
from index.extract.office.word.parts import W, attribute_value, make_run, parse_number
from index.extract.zip_container import Element


@dataclass(slots=True)
class _Field:
    start: Element
    code: str = ""
    in_result: bool = False
    has_text: bool = False


def write_fields(body: Element) -> None:
    """Put the text of drop-down lists and of EQ fields where they stand."""
    for field in list(_find_fields(body)):
        run = field.start.getparent()
        if not field.has_text and (words := _text_of(field)):
            run.addprevious(make_run(run, words))
    for simple in list(body.iter(f"{W}fldSimple")):
        words = _equation(simple.get(f"{W}instr", ""))
        if words and not any(text.text for text in simple.iter(f"{W}t")):
            simple.append(make_run(simple, words))
    for control in list(body.iter(f"{W}sdt")):
        _write_choice(control)


def _find_fields(body: Element) -> Iterator[_Field]:
    """Yield the fields in the order of their ends; those within another's code are its own."""
    opened: list[_Field] = []
    for element in body.iter(f"{W}fldChar", f"{W}instrText", f"{W}t"):
        kind = element.get(f"{W}fldCharType")
        if element.tag == f"{W}instrText" and opened:
            opened[-1].code += element.text or ""
        elif element.tag == f"{W}t" and (element.text or "").strip():
            for field in opened:
                field.has_text |= field.in_result
        elif kind == "begin":
            opened.append(_Field(element))
        elif kind == "separate" and opened:
            opened[-1].in_result = True
        elif kind == "end" and opened:
            yield opened.pop()


def _text_of(field: _Field) -> str:
    choices = field.start.find(f"{W}ffData/{W}ddList")
    if choices is None:
        return _equation(field.code)
    entries = [entry.get(f"{W}val", "") for entry in choices.iter(f"{W}listEntry")]
    default = parse_number(attribute_value(choices, "default"), 0)
    chosen = parse_number(attribute_value(choices, "result"), default)
    return entries[chosen] if 0 <= chosen < len(entries) else ""


def _equation(code: str) -> str:
    name, _, equation = code.strip().partition(" ")
    return write_equation(equation) if name.upper() == "EQ" else ""


def _write_choice(control: Element) -> None:
    """Write the chosen option of a list whose control is empty."""
    choices = next(control.iterfind(f"{W}sdtPr/{W}dropDownList"), None)
    content = control.find(f"{W}sdtContent")
    if choices is None or content is None or any(text.text for text in content.iter(f"{W}t")):
        return
    last = choices.get(f"{W}lastValue")
    words = next(
        (
            item.get(f"{W}displayText") or last
            for item in choices.iter(f"{W}listItem")
            if last and item.get(f"{W}value") == last
        ),
        "",
    )
    place = next(content.iter(f"{W}p"), content)
    if words and place.find(f"{W}tc") is None and place.tag != f"{W}tbl":
        place.append(make_run(control, words))
