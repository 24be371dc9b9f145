"""Control characters, which no text of a document holds but for tabs and line ends."""

import re

C1_CONTROLS = {byte: bytes([byte]).decode("cp1252", "ignore") or None for byte in range(0x80, 0xA0)}
"""For control characters from U+0080 on, what their bytes mean in windows-1252."""

CONTROLS = {
    **dict.fromkeys((*range(0x20), 0x7F), None),
    **{ord(kept): kept for kept in "\t\n\r"},
    **dict.fromkeys((0x0B, 0x0C, 0x1C, 0x1D, 0x1E), "\n"),
    0x1F: "\t",
    **C1_CONTROLS,
}
"""What stands for each control character in the text of a document."""

_ANY = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_TERMINAL = re.compile("\x1b\\[[0-9;?]{0,20}[ -/]?[@-~]|[^\n\x08]\x08")
"""Commands to a terminal, such as those for colours, and characters that are typed over."""


def remove_controls(text: str, *, kept: str = "") -> str:
    """Return text without control characters other than tabs, line ends and the `kept` one.

    Those that stand for a character in windows-1252 become it, as in a browser. Separators of
    records and units, which old databases write, become line ends and tabs.

    >>> remove_controls("\\x9310\\x94 \\x80\\x00"), remove_controls("\\x1b[31mN\\x08No\\x1b[0m")
    ('“10” €', 'No')
    """
    if not _ANY.search(text):
        return text
    table = {code: to for code, to in CONTROLS.items() if chr(code) not in kept}
    return _TERMINAL.sub("", text).translate(table)
