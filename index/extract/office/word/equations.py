r"""Write the equations of EQ fields, which older documents hold, in one line: \f(1,2) is 1/2."""

import re

from index.text.scripts import to_subscript, to_superscript

_SWITCH = re.compile(r"\\\s*([abdfilorsx])(?![a-z])", re.IGNORECASE)
_OPTION = re.compile(r"\s*\\\s*([a-z]{2})\s*(-?\d+|\\?[^\s\w\\(]|\\\()?", re.IGNORECASE)
_FORMAT = re.compile(r'\\\*\s*(?:"[^"]*"|\w+)\s*')
_SEPARATORS = ",;"
_MAX_DEPTH = 20


def write_equation(code: str) -> str:
    r"""Return the line of an equation from its code, without the name of the field.

    >>> write_equation(r"x = \f(1,2)\r(3,a+b)"), write_equation(r"10\s\up8(6) H\s\do3(2)O")
    ('x = 1/2³√(a+b)', '10⁶ H₂O')
    >>> write_equation(r"\b\bc\[ (\i(0,1,x dx))"), write_equation(r"\o\ad(\s\up9(kita),North)")
    ('[∫₀¹ x dx]', 'North(kita)')
    """
    parts, _ = _read_parts(_FORMAT.sub("", code), 0, 0)
    return " ".join("".join(parts).split())


def _read_parts(code: str, at: int, depth: int) -> tuple[list[str], int]:
    """Return the parts between separators up to a closing bracket, and where they end.

    Outside of brackets, a separator is text.
    """
    parts, open_brackets = [""], 0
    while at < len(code):
        switch = _SWITCH.match(code, at)
        if switch and depth < _MAX_DEPTH:
            text, at = _read_switch(code, switch, depth)
            parts[-1] += text
            continue
        character = code[at]
        if character == "\\" and at + 1 < len(code):
            at += 1
            character = code[at]
        elif character == ")" and depth and not open_brackets:
            return parts, at + 1
        elif character in _SEPARATORS and depth and not open_brackets:
            parts.append("")
            at += 1
            continue
        elif character in "()":
            open_brackets += 1 if character == "(" else -1
        parts[-1] += character
        at += 1
    return parts, at


def _read_switch(code: str, switch: re.Match[str], depth: int) -> tuple[str, int]:
    """Return the text of a switch with its options and parts, and where it ends."""
    at, options = switch.end(), dict[str, str]()
    while option := _OPTION.match(code, at):
        options[option[1].lower()] = (option[2] or "").removeprefix("\\")
        at = option.end()
    opening = re.compile(r"\s*\(").match(code, at)
    if not opening:
        return "", at
    parts, at = _read_parts(code, opening.end(), depth + 1)
    return _write_switch(switch[1].lower(), options, [part.strip() for part in parts]), at


def _write_switch(name: str, options: dict[str, str], parts: list[str]) -> str:
    if name == "f" and len(parts) == 2:
        return f"{_group(parts[0])}/{_group(parts[1])}"
    if name == "r":
        return f"{to_superscript(parts[0]) if len(parts) > 1 else ''}√{_group(parts[-1])}"
    if name == "s" and ("up" in options) != ("do" in options):
        return (to_superscript if "up" in options else to_subscript)(" ".join(parts))
    if name == "b":
        around = options.get("bc", "(")
        left = options.get("lc", "" if "rc" in options else around)
        closing = {"(": ")", "[": "]", "{": "}", "<": ">"}.get(around, around)
        return f"{left}{', '.join(parts)}{options.get('rc', '' if 'lc' in options else closing)}"
    if name == "i" and len(parts) == 3:
        sign = "∑" if "su" in options else "∏" if "pr" in options else "∫"
        return f"{sign}{to_subscript(parts[0])}{to_superscript(parts[1])} {parts[2]}"
    if name == "o" and len(parts) == 2 and "ad" in options:
        return f"{parts[1]}({parts[0]})"  # The reading above a word.
    return {"o": "", "x": "", "a": "; "}.get(name, ", ").join(parts)


def _group(text: str) -> str:
    return text if re.fullmatch(r"[\w.]*", text) else f"({text})"
