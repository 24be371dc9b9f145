"""Chunks are ranges that cover a text once, in order, within a number of tokens."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.canonical import canonicalize
from index.text.chunk import MAX_TOKENS, Chunk, chunk_document, find_headings, sentence_spans

SEED = Path(__file__).parents[3] / "seeds" / "000_c84859b3cd77474d.txt"

ROW = "| It is open. | Come in. |"
RECORDS = ["2024-06-07 23:18 Pump is on\n  a b", "2024-06-21 9:05 Mail off"]
SYSTEM_LOG = ["Jun  7 23:18:45 mail on", "Jun 12 9:05:00 mail off"]
WRAPPED_TIMES = (
    "The first train leaves\nthe town of Oldby at\n10:30 and the last at\n12:45 each day"
)
WRAPPED_NUMBERS = "It rose from about\n3.4 percent to\n4.6 percent in the\n1950s and\n1970s"
CLAUSE_1 = "8.1 It ends as set out in Clause\n9.4 with notice of six months"
CLAUSE_2 = "8.2 It is quiet"
CLAUSES = ["5.1 As offices\nonly.", "5.2 Quiet please"]
OPEN = ["A | B. C", "--|--", "1. | It is. Or?"]

PIECES = st.sampled_from(
    [
        *("Mr. Rutte", "U.S.", "e.g.", "word", "He left.", "Why?", "No!", "3.5", "2% of"),
        *("é", "e\u0301", "😀", "👨\u200d👩\u200d👧", "🇯🇵", "שלום.", "مرحبا", "दुनिया।", "ไทย"),
        *("東京。", "「はい。」", "字", "！", "ﬁ", "\u200b", "\ufeff", "\xad"),
        *(" ", "  ", "\t", "\n", "\r\n", "\r", "\n\n", "\n \n", "\x0c", "\x85", "\u2028", "\u3000"),
        *(
            "# ",
            "## Costs\n",
            "\n- ",
            "\n1. ",
            "\n| a | b |",
            "\n| It is. | 1. |\n",
            "\nA | b. C\n--- | ---\n",
            "\nIt is. So | 1.\n",
            "\n```\n",
            "...",
            "—",
            '"',
            ")",
            "**",
        ),
    ]
)
TEXTS = st.one_of(
    st.lists(PIECES, max_size=40).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
).map(canonicalize)
TOKENISERS = st.sampled_from([r"\S+", r"\w+|[^\w\s]", r"\S", r"\w{1,3}|[^\w\s]"])


def tokens(text: str, pattern: str = r"\S+") -> list[tuple[int, int]]:
    """Return the ranges of the tokens, by default of the words between white space."""
    return [match.span() for match in re.finditer(pattern, text)]


def pieces(text: str, max_tokens: int = MAX_TOKENS) -> list[str]:
    """Return the texts of the chunks where each word is a token."""
    chunks = chunk_document("d", text, tokens(text), max_tokens=max_tokens)
    return [text[chunk.start : chunk.end] for chunk in chunks]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


def assert_cover(text: str, spans: list[tuple[int, int]]) -> None:
    """Assert that ranges are ordered, disjoint, trimmed, and leave out only white space."""
    end_before = 0
    for start, end in spans:
        assert end_before <= start < end <= len(text)
        assert text[end_before:start].strip() == ""
        assert text[start:end] == text[start:end].strip()
        end_before = end
    assert text[end_before:].strip() == ""


# --- sentences ----------------------------------------------------------------------------------


@given(TEXTS)
def test_sentences_cover_all_text(text):
    assert_cover(text, sentence_spans(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mr. Rutte left. It rained.", ["Mr. Rutte left.", "It rained."]),
        ("The U.S. Army came. It left.", ["The U.S. Army came.", "It left."]),
        ("Costs, e.g. rent, rose 3.5 times. Why?", ["Costs, e.g. rent, rose 3.5 times.", "Why?"]),
        ("一つ。二つ！三つ？四つ", ["一つ。", "二つ！", "三つ？", "四つ"]),
        ("「はい。」と言った。雨だ。", ["「はい。」", "と言った。", "雨だ。"]),
        ("我住在东京。今天下雨。", ["我住在东京。", "今天下雨。"]),
        ("Er kam am 12. März 2024. Sie ging.", ["Er kam am 12. März 2024.", "Sie ging."]),
        ("Im 3. Stock ist es das 2. Zimmer.", ["Im 3. Stock ist es das 2. Zimmer."]),
        ("See p. 12. The end.", ["See p. 12.", "The end."]),
        ("Die Hauptstr. 5 (inkl. Hof) ist zu.", ["Die Hauptstr. 5 (inkl. Hof) ist zu."]),
        ("It is due each month. A fee is added.", ["It is due each month.", "A fee is added."]),
        ("The car is by the bank. Ida left.", ["The car is by the bank.", "Ida left."]),
        ("It holds 40 l. The lid is red.", ["It holds 40 l.", "The lid is red."]),
        ("It fell to 15,950 t. Ida left.", ["It fell to 15,950 t.", "Ida left."]),
        ("At 5 V. Maria Holm spoke.", ["At 5 V. Maria Holm spoke."]),
        ("La Sra. Díaz y Mme. Petit.", ["La Sra. Díaz y Mme. Petit."]),
        ("नमस्ते। यह है। अंत।", ["नमस्ते।", "यह है।", "अंत।"]),
        ("هل هذا كتاب؟ نعم.", ["هل هذا كتاب؟", "نعم."]),
        ("One line\nof a sentence.", ["One line\nof a sentence."]),
        ("No stop\n\nNew block", ["No stop", "New block"]),
        ("# Costs\nThey rose.", ["# Costs", "They rose."]),
        ("Buy:\n- bread\n- water", ["Buy:", "- bread", "- water"]),
        ("| a | b |\n| 1 | 2 |", ["| a | b |", "| 1 | 2 |"]),
        # Lines that are records, of which one alone says nothing.
        ("2024-06-07 23:18 Pump is on\n  a b\n2024-06-21 9:05 Mail off", RECORDS),
        ("Jun  7 23:18:45 mail on\nJun 12 9:05:00 mail off", SYSTEM_LOG),
        ("5. USE\n5.1 As offices\nonly.\n5.2 Quiet please", ["5. USE", *CLAUSES]),
        ("Weight: 14 kg\nRated flow: 12 l/s", ["Weight: 14 kg\nRated flow: 12 l/s"]),
        (WRAPPED_TIMES, [WRAPPED_TIMES]),
        (WRAPPED_NUMBERS, [WRAPPED_NUMBERS]),
        (f"{CLAUSE_1}\n{CLAUSE_2}", [CLAUSE_1, CLAUSE_2]),
        ("It begins at\n09:30 on Monday.", ["It begins at\n09:30 on Monday."]),
        ("Dear all,\nNote: bring a pen", ["Dear all,\nNote: bring a pen"]),
        ("7:30 a.m.\nto\n4:00 p.m.", ["7:30 a.m.\nto\n4:00 p.m."]),
        # A row of a table is one sentence, whatever stands in its cells.
        ("| Quay | It is shut. Ask Mr. Lee! |\n", ["| Quay | It is shut. Ask Mr. Lee! |"]),
        ("| Ann Ray | 31. | | 東京。雨だ。 |", ["| Ann Ray | 31. | | 東京。雨だ。 |"]),
        ("See:\n  | A. | B. |  \nIt rained. So?", ["See:", "| A. | B. |", "It rained.", "So?"]),
        ("| A. B | C \\| D. E |\n\nF.", ["| A. B | C \\| D. E |", "F."]),
        # So it is in a table without outer bars.
        ("So.\nA | B. C\n--|--\n1. | It is. Or?\nD. E. F", ["So.", *OPEN, "D. E. F"]),
        # These are no rows.
        ("Type | here. It works.", ["Type | here.", "It works."]),
        ("| is a pipe. It works.", ["| is a pipe.", "It works."]),
        ("|x. Y \\|", ["|x.", "Y \\|"]),
        ("|", ["|"]),
        (f"```\n| It is shut. Why? |\n```\n{ROW}", ["```", "| It is shut.", "Why?", "|\n```", ROW]),
        (f"~~~\n{ROW}", ["~~~", ROW]),
        ("  padded.  ", ["padded."]),
        ("", []),
        (" \n\t\n", []),
    ],
)
def test_sentences_worked_by_hand(text, expected):
    assert sentences(text) == expected


# --- chunks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "markdown", "expected"),
    [
        ("One.\n# Two\nThree.", True, ["One.", "# Two\nThree."]),
        ("One.\n# Two\nThree.", False, ["One.\n# Two\nThree."]),
        ("Run:\n```\n# install it\npip x\n```", True, ["Run:\n```\n# install it\npip x\n```"]),
    ],
)
def test_a_heading_begins_a_chunk_a_comment_does_not(text, markdown, expected):
    chunks = chunk_document("d", text, tokens(text), markdown=markdown)
    assert [text[chunk.start : chunk.end] for chunk in chunks] == expected


@given(TEXTS, TOKENISERS, st.integers(1, 9))
def test_chunks_cover_all_text_within_the_number_of_tokens(text, pattern, max_tokens):
    spans = tokens(text, pattern)
    chunks = chunk_document("d", text, spans, max_tokens=max_tokens)
    assert_cover(text, [(chunk.start, chunk.end) for chunk in chunks])
    for chunk in chunks:
        assert chunk.document_id == "d"
        inside = sum(chunk.start <= start < chunk.end for start, _ in spans)
        assert inside <= max_tokens


@given(TEXTS, st.integers(1, 9))
def test_chunks_end_with_sentences_unless_one_is_too_long(text, max_tokens):
    spans = tokens(text)
    sizes = {span: len(tokens(text[slice(*span)])) for span in sentence_spans(text)}
    long = [span for span, size in sizes.items() if size > max_tokens]
    starts, ends = {start for start, _ in sizes}, {end for _, end in sizes}
    for chunk in chunk_document("d", text, spans, max_tokens=max_tokens):
        assert chunk.start in starts or any(a < chunk.start < b for a, b in long)
        assert chunk.end in ends or any(a < chunk.end < b for a, b in long)


def test_short_text_is_one_chunk():
    text = "One two.\n\nThree four.\n"
    assert chunk_document("d", text, tokens(text)) == [Chunk("d", 0, 21)]


def test_paragraphs_stay_whole_where_they_fit():
    text = "One two. Three.\nFour five. Six.\nSeven eight."
    assert pieces(text, 3) == ["One two. Three.", "Four five. Six.", "Seven eight."]
    assert pieces(text, 4) == ["One two. Three.", "Four five. Six.", "Seven eight."]
    assert pieces(text, 5) == ["One two. Three.", "Four five. Six.\nSeven eight."]
    assert pieces(text, 6) == ["One two. Three.\nFour five. Six.", "Seven eight."]


def test_long_paragraph_is_cut_between_sentences():
    text = "One two. Three four. Five six. Seven."
    assert pieces(text, 4) == ["One two. Three four.", "Five six. Seven."]


def test_rows_stay_whole_where_they_fit():
    text = "| One two. Three. |\n| Four five. Six. |\nSeven."
    assert pieces(text, 5) == ["| One two. Three. |", "| Four five. Six. |", "Seven."]
    assert pieces(text, 6) == ["| One two. Three. |", "| Four five. Six. |\nSeven."]


def test_rows_without_outer_bars_are_whole_and_leave_room_for_their_header():
    text = "Port | At\n--- | ---\nOne two. | A\nIt is. So | B\nSeven."
    assert pieces(text, 6) == ["Port | At\n--- | ---", "One two. | A", "It is. So | B", "Seven."]
    # The header takes two of nine tokens, so that the rows, of four and five, do not fit together.
    assert pieces(text, 9)[1:3] == ["One two. | A", "It is. So | B\nSeven."]


def test_row_that_is_too_long_is_cut_between_the_sentences_of_its_cells():
    text = "| One two. Three four. | Five six. Seven. |"
    assert pieces(text, 6) == ["| One two. Three four.", "| Five six. Seven. |"]


def test_chunk_that_begins_within_a_table_leaves_room_for_its_header():
    """The header has three tokens, so that the rows below it have five of eight."""
    text = "| Port |\n| --- |\n" + "| a |\n" * 4
    assert pieces(text, 8) == ["| Port |\n| --- |", "| a |\n| a |", "| a |\n| a |"]
    # A header has at most a quarter: here two tokens of eleven.
    assert pieces(text, 11)[1:] == ["| a |\n| a |\n| a |"]


def test_many_rows_are_many_sentences():
    row = "| Mr. Lee 7 | It is shut. Why? | 3. |\n"
    assert sentence_spans(row * 20_000) == [
        (first, first + len(row) - 1) for first in range(0, 20_000 * len(row), len(row))
    ]


def test_heading_begins_a_chunk():
    text = "Opening.\n\n# Costs\n\nThey rose.\n\n## Rent\n\nIt fell."
    assert pieces(text.replace("\n\n", "\n")) == [
        "Opening.",
        "# Costs\nThey rose.",
        "## Rent\nIt fell.",
    ]
    assert pieces(text) == ["Opening.", "# Costs\n\nThey rose.", "## Rent\n\nIt fell."]


def test_sign_within_a_line_is_no_heading():
    assert pieces("Opening.\n\nIssue # 7 is open.\n\n#hashtag") == [
        "Opening.\n\nIssue # 7 is open.\n\n#hashtag"
    ]


def test_sentence_of_a_thousand_words_is_cut_between_words():
    words = [f"word{number}" for number in range(1000)]
    text = " ".join(words) + "."
    found = pieces(text, 200)
    assert [piece.split() for piece in found[:4]] == [
        words[first : first + 200] for first in (0, 200, 400, 600)
    ]
    assert found[4].split() == [*words[800:999], "word999."]


def test_tokens_within_a_word_do_not_cut_it():
    """Each word is three tokens: of seven that would fit, two words are taken."""
    text = "abcdef ghijkl mnopqr stuvwx yz"
    chunks = chunk_document("d", text, tokens(text, r"\w{1,2}"), max_tokens=7)
    assert [(chunk.start, chunk.end) for chunk in chunks] == [(0, 13), (14, 30)]
    assert text[14:30] == "mnopqr stuvwx yz"


def test_text_without_spaces_is_cut_between_tokens():
    text = "字" * 7
    chunks = chunk_document("d", text, tokens(text, r"\S"), max_tokens=3)
    assert [(chunk.start, chunk.end) for chunk in chunks] == [(0, 3), (3, 6), (6, 7)]


def test_text_without_words_has_no_chunks():
    assert chunk_document("d", " \n\n", []) == []


def test_headings_with_their_offsets():
    text = "# One\ntext # no\n\n### Two ###\n#none\n"
    assert find_headings(text) == [(0, "One"), (17, "Two")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# A\n```python\n# no\n```\n# B\n", ["A", "B"]),
        ("# A\n~~~\n# no\n```\n# no\n~~~\n# B\n", ["A", "B"]),
        # A closing fence is at least as long, with nothing after it.
        ("````\n# no\n```\n# no\n```` x\n# no\n`````\n# B\n", ["B"]),
        ("- List\n\n  ```\n# no\n  ```\n\n# B\n", ["B"]),
        ("```one line```\n# A\n", ["A"]),
        ("# A\n```\n# no\n", ["A"]),
        # Front matter is no part of the text, a horizontal rule is.
        ("---\ntitle: T\n# no\ntags:\n  - x\n---\n# A\n", ["A"]),
        ("---\n\n# A\n\n---\n", ["A"]),
        ("---\nNote: x\n# A\n", ["A"]),
    ],
)
def test_lines_of_code_are_no_headings(text, expected):
    assert [heading for _, heading in find_headings(text)] == expected
    assert all(text[offset:].startswith(f"# {heading}") for offset, heading in find_headings(text))


def test_seed_document_in_chunks_of_whole_sentences(encoder):
    text = canonicalize(SEED.read_text("utf-8"))
    spans = encoder.token_spans(text)
    chunks = chunk_document(SEED.name, text, spans)
    limits = sentence_spans(text)
    assert_cover(text, [(chunk.start, chunk.end) for chunk in chunks])
    assert {chunk.start for chunk in chunks} <= {start for start, _ in limits}
    assert {chunk.end for chunk in chunks} <= {end for _, end in limits}
    for chunk in chunks:
        assert len(encoder.token_spans(text[chunk.start : chunk.end])) <= MAX_TOKENS
    assert text[: chunks[0].end].endswith("boost this relationship even further.")
