"""Text in UTF-16 and UTF-32 without a byte order mark is recognised, and told from binary files."""

import random
from pathlib import Path

import pytest
from sources import refusal

from index.extract.document import extract

ENCODINGS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")

TEXTS = {
    "English": "The ice bears from the ninth of January on.\n",
    "German": "Größe: 5 €\r\nÜbung – „Eis“\r\n",
    "Russian": "Лёд держит до весны. Двери открыты.\n",
    "Latvian": "Āboli maksā 4 eiro.\nĀrzemes.\n",
    "Japanese": "一月九日から氷の上を歩けます。\n 全角　空白\n",
    "Emoji": "😀" * 3 + " ice 😀\n" + "😀",
    "one word": "ice",
}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_text_without_a_mark_is_decoded(encoding, text):
    found = extract(Path("a.txt"), text.encode(encoding)).text
    assert found == text.replace("\r\n", "\n")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_long_text_without_a_mark_is_decoded(encoding):
    for shift in range(3):
        text = "x" * shift + "😀 ice and snow\n" * 2_000
        assert extract(Path("a.md"), text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_separated_values_without_a_mark_are_decoded(encoding):
    data = "Ort;Höhe\r\nKiel;1,5\r\n".encode(encoding)
    assert extract(Path("a.csv"), data).text == "| Ort | Höhe |\n| --- | --- |\n| Kiel | 1,5 |\n"


@pytest.mark.parametrize(
    "data",
    [
        b"\0",
        b"\0\0\0\0",
        b"a\0b",
        b"ice\0snow",
        b"GIF89a\x01\0\x01\0\x80\x01\0\xff\xff\xff\0\0\0",
        "ice".encode("utf-16-le") * 3_000 + b"\0\0",
        "ice ".encode("utf-16-le") * 3_000 + b"\0\xd8",
        "ice ".encode("utf-16-le") + b"\0",
    ],
)
def test_binary_file_is_refused(data):
    assert refusal("a.txt", data) == "the file is binary, not text"


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_with_zeros_are_refused(seed):
    source = random.Random(seed)
    data = bytes(source.choice([0, source.randrange(256)]) for _ in range(400))
    assert refusal("a.txt", data) == "the file is binary, not text"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("It\x92s \x80 1,450 \x96 paid".encode(), "It’s € 1,450 – paid"),
        (b"Page one\x0cPage\x07 two\x1a", "Page one\nPage two"),
        (b"\x1b[1;31mFAILED\x1b[0m 12 of 40\x7f", "FAILED 12 of 40"),
        (b"N\x08NA\x08AME", "NAME"),
        ("caf\u0065\u0301\u009d".encode(), "café"),
        (b"Tabs\tand\r\nlines", "Tabs\tand\nlines"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_control_characters_are_read_as_they_are_meant_or_dropped(name, data, text):
    assert extract(Path(name), data).text == text


def test_control_characters_in_cells():
    data = "Part;Price\nQuay\x92s \x08KX\x00;\x80 12\n".encode().replace(b"\0", b"")
    assert extract(Path("a.csv"), data).text.endswith("| Quay’sKX | € 12 |\n")
