"""Write the numbers of lists in the formats of Word's `numFmt`."""

from index.text.numerals import MAX_ROMAN, to_roman

_LATIN = "abcdefghijklmnopqrstuvwxyz"
_RUSSIAN = "".join(chr(code) for code in range(0x430, 0x450) if code not in (0x439, 0x44A, 0x44C))
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_IDEOGRAPHS = "〇一二三四五六七八九"
_ZERO_DIGITS = {"decimalFullWidth": 0xFF10, "decimalFullWidth2": 0xFF10}
_ZERO_DIGITS |= {"hindiNumbers": 0x966, "thaiNumbers": 0xE50}

# The first of twenty characters that Unicode has for enclosed numbers.
_ENCLOSED = {"decimalEnclosedCircle": 0x2460, "decimalEnclosedCircleChinese": 0x2460}
_ENCLOSED |= {"decimalEnclosedParen": 0x2474, "decimalEnclosedFullstop": 0x2488}


def format_number(number: int, form: str) -> str:
    """Return a number in a format, in decimal digits if the format is not known.

    A format of digits, such as "001", states how many digits there are at least.

    >>> format_number(28, "lowerLetter"), format_number(14, "upperRoman")
    ('bb', 'XIV')
    >>> format_number(7, "001"), format_number(22, "ordinal"), format_number(24, "chineseCounting")
    ('007', '22nd', '二十四')
    """
    if number < 0:
        return str(number)
    if form.isascii() and form.isdigit():
        return str(number).zfill(min(len(form), 9))
    if form.startswith(("lower", "upper")) or form in ("russianLower", "russianUpper"):
        text = _format_letters(number, form)
        return text.upper() if form.startswith("upper") or form.endswith("Upper") else text
    if form in _ZERO_DIGITS:
        return "".join(chr(_ZERO_DIGITS[form] + int(digit)) for digit in str(number))
    if form in _ENCLOSED and 0 < number <= 20:
        return chr(_ENCLOSED[form] + number - 1)
    if "Counting" in form and number < 100:
        return _format_ideographs(number)
    return _format_digits(number, form)


def _format_digits(number: int, form: str) -> str:
    if form == "decimalZero":
        return f"{number:02}"
    if form == "ordinal":
        is_teen = number % 100 in (11, 12, 13)
        return f"{number}{'th' if is_teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
    if form == "numberInDash":
        return f"- {number} -"
    if form == "hex":
        return f"{number:X}"
    if form == "ideographDigital":
        return "".join(_IDEOGRAPHS[int(digit)] for digit in str(number))
    if form == "ideographTraditional" and 0 < number <= len(_STEMS):
        return _STEMS[number - 1]
    return str(number)


def _format_letters(number: int, form: str) -> str:
    """Return a number in letters or Roman numerals, in lower case."""
    if form.endswith("Roman") and 0 < number <= MAX_ROMAN:
        return to_roman(number)
    alphabet = _RUSSIAN if form.startswith("russian") else _LATIN
    if (form.endswith("Letter") or alphabet is _RUSSIAN) and 0 < number < 1000:
        return alphabet[(number - 1) % len(alphabet)] * -(-number // len(alphabet))
    return str(number)


def _format_ideographs(number: int) -> str:
    tens, ones = divmod(number, 10)
    text = (_IDEOGRAPHS[tens] if tens > 1 else "") + ("十" if tens else "")
    return text + (_IDEOGRAPHS[ones] if ones or not tens else "")
