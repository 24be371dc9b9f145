"""Questions about short sections and lines, asked of the real models: what a heading says counts,
and a line of a log is not answered by the next.
"""

import pytest

import index
import qa

RELEASES = """# Osprey

## Version 3.2.0 (released 14 March 2023)

Signed links.

## Version 3.1.0 (released 2 November 2022)

A faster search.
"""

DIARY = """# Diary of the mill

## 5 June 2024
The weir was mended.

## 11 June 2024
- The bees swarmed.
- The barn was painted by Runa Vik.
"""

LOG = """2024-06-07 23:18:45 INFO mains power restored
2024-06-11 04:02:10 WARN disk nearly full
2024-06-21 09:05:12 ERROR mail queue blocked
"""


@pytest.fixture(scope="module")
def opened(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("sections")
    (folder / "releases.md").write_text(RELEASES)
    (folder / "diary.md").write_text(DIARY)
    (folder / "events.txt").write_text(LOG)
    index.build([folder], index=folder / ".footnote", encoder=encoder)
    return index.open_index(folder / ".footnote")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Which version has the faster search?", "3.1.0"),
        ("When was version 3.1.0 released?", "2 November 2022"),
        ("When was the weir mended?", "5 June 2024"),
        ("When was the barn painted?", "11 June 2024"),
    ],
)
def test_a_heading_answers_and_is_quoted_with_the_sentence_below(question, words, opened):
    answer = qa.ask(question, index=opened)
    assert answer.outcome in ("answer", "passages")
    quote = answer.citations[0].quote
    assert words in quote
    assert "\n" in quote
    assert answer.text == (words if answer.answered else quote)


@pytest.mark.parametrize(
    ("question", "day"),
    [
        ("When was mains power restored?", "2024-06-07"),
        ("When was the mail queue blocked?", "2024-06-21"),
    ],
)
def test_a_line_of_a_log_is_quoted_with_its_own_time(question, day, opened):
    answer = qa.ask(question, index=opened)
    assert answer.outcome in ("answer", "passages")
    assert answer.citations[0].quote.startswith(day)
    assert "\n" not in answer.citations[0].quote
