"""Write superscripts and subscripts in plain text, so that no power becomes another number."""

import re

_SIGNS = "+-\u2212\u2013\u2010\u2011=()"
_SUPERSCRIPT = str.maketrans(
    f"0123456789{_SIGNS}" + "abcdefghijklmnoprstuvwxyz" + "βγδθφχ",
    "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁻⁻⁼⁽⁾" + "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ" + "ᵝᵞᵟᶿᵠᵡ",
)
_SUBSCRIPT = str.maketrans(
    f"0123456789{_SIGNS}" + "aehijklmnoprstuvx" + "βγρφχ",
    "₀₁₂₃₄₅₆₇₈₉₊₋₋₋₋₋₌₍₎" + "ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ" + "ᵦᵧᵨᵩᵪ",
)
_SEPARATORS = ", \xa0"
"""Characters that stand unchanged between several superscripts, as in "²,³"."""


def to_superscript(text: str) -> str:
    """Return raised text as Unicode superscripts, or after "^" where Unicode lacks a character.

    Words and symbols stay as they are: they are ordinals, trade marks and marks of notes.

    >>> [to_superscript(text) for text in ("6", "-3", "n+1", "x/2", "0.5", "2Q", "th", "™", "2, 3")]
    ['⁶', '⁻³', 'ⁿ⁺¹', '^(x/2)', '^0.5', '^2Q', 'th', '™', '², ³']
    """
    return _write_script(text, _SUPERSCRIPT, "^")


def to_subscript(text: str) -> str:
    """Return lowered text as Unicode subscripts, or after "_" where Unicode lacks a character.

    >>> [to_subscript(text) for text in ("2", "i", "2n+1", "d", "max")]
    ['₂', 'ᵢ', '₂ₙ₊₁', '_d', 'max']
    """
    return _write_script(text, _SUBSCRIPT, "_")


def write_tagged_scripts(html: str) -> str:
    """Return HTML in which raised and lowered text without inner tags is written as plain text.

    >>> write_tagged_scripts("10<sup>6</sup> of H<sub>2</sub>O")
    '10⁶ of H₂O'
    """
    html = re.sub(r"<sup>([^<]*)</sup>", lambda script: to_superscript(script[1]), html)
    return re.sub(r"<sub>([^<]*)</sub>", lambda script: to_subscript(script[1]), html)


def _write_script(text: str, table: dict[int, int], mark: str) -> str:
    words = text.strip()
    is_word = len(words) > 1 and words.isalpha()
    if is_word or not any(char.isalnum() or ord(char) in table for char in words):
        return text
    start = text.index(words)
    before, after = text[:start], text[start + len(words) :]
    if all(ord(char) in table or char in _SEPARATORS for char in words):
        return f"{before}{words.translate(table)}{after}"
    if all(char.isnumeric() and not char.isdecimal() for char in words):
        return text  # They are Unicode superscripts or subscripts already.
    plain = all(char.isalnum() or char in ".," for char in words)
    return f"{before}{mark}{words if plain else f'({words})'}{after}"
