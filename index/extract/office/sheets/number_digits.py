"""Write a number in the places that a section of a number format gives to its digits.

Which section it is, and the sign, are left to `number_format`.
"""

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from itertools import takewhile

from index.extract.office.sheets.number_sections import Token

_PRECISION = Context(prec=1_000, rounding=ROUND_HALF_UP)
"""Context for rounding any number to any number of digits that a format can have."""

_MAX_DENOMINATOR_DIGITS = 6


def fill_digits(size: Decimal, tokens: tuple[Token, ...]) -> str:
    """Return a number that is not negative with its digits in the places that a section gives.

    >>> from index.extract.office.sheets.number_sections import parse_section
    >>> fill_digits(Decimal(123456789), parse_section("000-00-0000"))
    '123-45-6789'
    """
    digits = [at for at, (kind, _) in enumerate(tokens) if kind == "digit"]
    point = next((at for at, (kind, _) in enumerate(tokens) if kind == "."), len(tokens))
    before = [at for at in digits if at < point]
    after = [at for at in digits if at > point]
    last = before[-1] if before else -1
    commas = [at for at, (kind, _) in enumerate(tokens) if kind == ","]
    grouped = any(before[0] < at < last for at in commas) if before else False
    scaling = [at for end in (last, *after[-1:]) for at in _run_of_commas(tokens, end + 1)]
    exact = size.scaleb(-3 * len(scaling)).quantize(
        Decimal(1).scaleb(-len(after)), context=_PRECISION
    )
    whole, _, decimals = f"{exact:f}".partition(".")
    shown = dict(enumerate(part for _, part in tokens))
    shown |= dict.fromkeys((at for at in commas if before and before[0] < at < last), "")
    shown |= dict.fromkeys(scaling, "")
    shown |= _fill_whole(whole.lstrip("0"), before, tokens, grouped=grouped)
    for at, digit in zip(reversed(after), reversed(decimals), strict=True):
        if digit != "0" or tokens[at][1] == "0":
            break
        decimals = decimals[:-1]
    shown |= dict.fromkeys(after, "")
    shown |= dict(zip(after, decimals, strict=False))
    if point in shown and not decimals:
        shown[point] = ""
    return "".join(shown[at] for at in range(len(tokens)))


def _run_of_commas(tokens: tuple[Token, ...], start: int) -> range:
    """Return where commas after the last digit stand, each of which divides by a thousand."""
    return range(start, start + sum(1 for _ in takewhile(_is_comma, tokens[start:])))


def _is_comma(token: Token) -> bool:
    return token[0] == ","


def _fill_whole(
    whole: str, places: list[int], tokens: tuple[Token, ...], *, grouped: bool
) -> dict[int, str]:
    """Return what stands in each of the places before the point; the first takes what is left."""
    shown = {}
    for count, at in enumerate(reversed(places)):
        digit = whole[len(whole) - count - 1] if count < len(whole) else ""
        digit = digit or {"0": "0", "?": " "}.get(tokens[at][1], "")
        if at == places[0]:
            digit = whole[: max(len(whole) - count - 1, 0)] + digit
            if grouped:
                digit = _group(digit, count)
        elif grouped and count and count % 3 == 0 and digit.strip():
            digit += ","
        shown[at] = digit
    return shown


def _group(digits: str, right: int) -> str:
    """Return digits with commas between the thousands; `right` is how many digits follow them.

    >>> _group("1234", 0), _group("1234", 2)
    ('1,234', '123,4')
    """
    last = len(digits) - 1
    return "".join(
        digit + ("," if digit.isdecimal() and (n := last - at + right) and n % 3 == 0 else "")
        for at, digit in enumerate(digits)
    )


def format_scientific(size: Decimal, tokens: tuple[Token, ...]) -> str:
    """Return a number that is not negative with an exponent, as in 1.50E+03.

    If there are several places before the point, the exponent is a multiple of their number.

    >>> from index.extract.office.sheets.number_sections import parse_section
    >>> format_scientific(Decimal(12345), parse_section("##0.0E+0"))
    '12.3E+3'
    """
    at = next(at for at, (kind, _) in enumerate(tokens) if kind == "E")
    before, after = tokens[:at], tokens[at + 1 :]
    kinds = [kind for kind, _ in before]
    point = kinds.index(".") if "." in kinds else len(kinds)
    step = max(kinds[:point].count("digit"), 1)
    exponent = size.adjusted() // step * step if size else 0
    digits = Decimal(1).scaleb(-kinds[point:].count("digit"))
    if size.scaleb(-exponent).quantize(digits, context=_PRECISION) >= 10**step:
        exponent += step
    places = sum(1 for _ in takewhile(lambda token: token[0] == "digit", after))
    sign = "-" if exponent < 0 else tokens[at][1][1].replace("-", "")
    suffix = "".join(part for _, part in after[places:])
    return (
        fill_digits(size.scaleb(-exponent), before) + f"E{sign}{abs(exponent):0{places}}" + suffix
    )


def format_fraction(size: Decimal, tokens: tuple[Token, ...]) -> str | None:
    """Return a number that is not negative as a fraction, None if the section shows none.

    >>> from index.extract.office.sheets.number_sections import parse_section
    >>> format_fraction(Decimal("2.5"), parse_section("# ?/?"))
    '2 1/2'
    """
    slash = next((at for at, (kind, _) in enumerate(tokens) if kind == "/"), 0)
    upper = sum(1 for _ in takewhile(lambda token: token[0] == "digit", tokens[:slash][::-1]))
    lower = [
        part
        for kind, part in takewhile(
            lambda token: token[0] == "digit" or token[1].isdecimal(), tokens[slash + 1 :]
        )
    ]
    if not slash or not upper or not lower:
        return None
    if fixed := int("".join(lower).replace("#", "0").replace("?", "0")):
        count, denominator = int((size * fixed).to_integral_value(ROUND_HALF_UP)), fixed
    else:
        most = 10 ** min(len(lower), _MAX_DENOMINATOR_DIGITS) - 1
        count, denominator = Fraction(size).limit_denominator(most).as_integer_ratio()
    start = slash - upper
    places = [at for at in range(start) if tokens[at][0] == "digit"]
    words = []
    if places:
        whole, count = divmod(count, denominator)
        if whole or not count or tokens[places[-1]][1] == "0":
            words.append(str(whole))
        start = places[0]
    if count or not places:
        words.append(f"{count}/{denominator}")
    prefix, suffix = tokens[:start], tokens[slash + 1 + len(lower) :]
    around = ["".join(part for _, part in some) for some in (prefix, suffix)]
    return around[0] + " ".join(words) + around[1]
