"""Take the number format of a cell apart: into its sections, and a section into its parts.

A number format has up to four sections: for positive and negative numbers, zero, and text, or for
the numbers that meet a condition in brackets. Writing numbers by them is left to `number_format`.
"""

import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeAlias

Token: TypeAlias = tuple[str, str]
"""The kind of a part of a section ("literal", "digit", "E", "general", ".", "%", …), its text."""

_SEPARATOR = re.compile(r'("[^"]*"|\\.)|;', re.DOTALL)
_CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)\]")
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|\[\$(?P<currency>[^\]-]*)[^\]]*\]|(?P<bracket>\[[^\]]*\])|'
    r"(?P<space>_.)|(?P<fill>\*.)|(?P<general>general)|(?P<exponent>e[+-])|(?P<digit>[0#?])|"
    r"(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}


@lru_cache(maxsize=1024)
def split_sections(number_format: str) -> list[str]:
    """Return the sections of a number format.

    >>> split_sections('0;-0;"none; yet"')
    ['0', '-0', '"none; yet"']
    """
    return _SEPARATOR.sub(lambda match: match[1] or "\0", number_format).split("\0")


def choose_section(value: int | float, number_format: str) -> tuple[str, bool]:
    """Return the section for a number, and whether a minus sign is put before it.

    >>> choose_section(-5, "0.0"), choose_section(-5, "0.0;(0.0)")
    (('0.0', True), ('(0.0)', False))
    >>> choose_section(12, "[<10]0.0;[<100]0;#,##0")
    ('[<100]0', False)
    """
    sections = split_sections(number_format)[:3]
    conditions = [_CONDITION.search(section) for section in sections]
    if not any(conditions):
        if value < 0 and len(sections) > 1:
            return sections[1], False
        return sections[2 if value == 0 and len(sections) > 2 else 0], value < 0
    for section, condition in zip(sections, conditions, strict=True):
        if condition and _COMPARISONS[condition[1]](value, float(condition[2])):
            # A section for nothing but negative numbers writes their sign itself.
            below_zero = condition[1] in ("<", "<=") and float(condition[2]) <= 0
            return section, value < 0 and not below_zero
    without = (section for at, section in enumerate(sections) if not conditions[at])
    return next(without, sections[-1]), value < 0


@lru_cache(maxsize=1024)
def parse_section(section: str) -> tuple[Token, ...]:
    """Return the parts of a section of a number format.

    >>> parse_section('0.#" m"')
    (('digit', '0'), ('.', '.'), ('digit', '#'), ('literal', ' m'))
    """
    tokens: list[Token] = []
    for match in _TOKEN.finditer(section):
        kind, part = str(match.lastgroup), match[match.lastgroup or 0]
        if kind in ("quoted", "escaped", "currency"):
            tokens.append(("literal", part))
        elif kind == "space":
            tokens.append(("literal", " "))
        elif kind == "exponent":
            tokens.append(("E", part))
        elif kind == "other" and part in ".,%/@":
            tokens.append((part, part))
        elif kind not in ("bracket", "fill"):
            tokens.append((kind, part))
    return tuple(tokens)
