"""Which sentences are read a second time, and what both readings say together."""

import math

import numpy as np
import pytest

from index import Chunk
from index.extract.document import Document
from qa.reader.decode import Proposal, Reading
from qa.retrieval.read_closer import LIKELY, WINDOWS, Window, add_closer_readings, choose_windows


def place_of(text):
    """Return a text as a document and a chunk of it that begins after its first character."""
    document = Document("a.md", "A", f"\n{text}", "/a.md", "text/markdown", (), "0")
    return document, Chunk("a.md", 1, 1 + len(text))


def reading(text, *proposals, answers=1.0):
    """Return a reading of a text; a proposal is (words, score)."""
    found = [Proposal(text.index(w), text.index(w) + len(w), score) for w, score in proposals]
    scores = [score for _, score in proposals]
    return Reading(answers, float(np.logaddexp.reduce(scores)), tuple(found), 1.0)


def chosen(text, *words, question="Why?"):
    """Return what is read again where the reader proposes these words, the best first."""
    document, chunk = place_of(text)
    read = reading(text, *((word, -0.1 * n) for n, word in enumerate(words)))
    windows = choose_windows(question, [(document, chunk)], [read], np.zeros(1))
    return [document.text[w.chunk.start : w.chunk.end] for w in windows]


PROSE = "Ann came. Ida sang. Ole left. Eva slept."
LIST = "- Ann came on foot.\n- Ida sang. She left.\n- Ole slept."
SECTIONS = "# Log\n\n## 3 May 2024\n\nIda sang. Ole left.\n\n## 4 May 2024\n\nEva slept."
TABLE = "It is so.\n\n| Name | Day |\n| --- | --- |\n| Ida | 3 May |\n| Ole | 4 May |"


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        (PROSE, ["Ida"], ["Ann came. Ida sang. Ole left."]),
        (PROSE, ["Ann"], ["Ann came. Ida sang."]),
        (PROSE, ["Ann", "Eva"], ["Ann came. Ida sang.", "Ole left. Eva slept."]),
        (PROSE, ["Eva", "Ann"], ["Ole left. Eva slept.", "Ann came. Ida sang."]),
        (PROSE, ["Ida", "Ann"], ["Ann came. Ida sang. Ole left."]),  # Ann stands in it already.
        (LIST, ["Ann"], ["- Ann came on foot."]),
        (LIST, ["Ida"], ["- Ida sang. She left."]),
        (SECTIONS, ["3 May"], ["## 3 May 2024\n\nIda sang. Ole left."]),
        (SECTIONS, ["Eva"], ["Eva slept."]),
        (TABLE, ["Ole"], []),  # Rows are read by themselves.
        (TABLE, ["Ole", "so"], ["It is so."]),
        ("Ann came. Ida sang.", ["Ida"], []),  # All has been read.
        (PROSE, [], []),
    ],
)
def test_a_sentence_is_read_again_with_those_beside_it(text, words, expected):
    assert chosen(text, *words) == expected


def test_the_likeliest_of_all_passages_are_read_again():
    places = [place_of(PROSE)] * (WINDOWS + 1)
    readings = [reading(PROSE, ("Ann", 0.0))] * len(places)
    found = choose_windows("Why?", places, readings, np.linspace(0, 1, len(places)))
    assert [window.passage for window in found] == [1, 2, 3, 4]
    surer = reading(PROSE, ("Ann", 0.0), ("Eva", -9.0))
    readings = [surer, reading(PROSE, ("Ann", 0.0), ("Eva", -0.1))]
    found = choose_windows("Why?", places[:2], readings, np.array([0.0, 0.5]))
    assert [window.passage for window in found] == [0, 1, 1]
    assert [window.chunk.start for window in found] == [1, 1, 21]
    (found,) = choose_windows("Why?", places[:2], readings[:1] * 2, np.log([1, LIKELY / 1.1]))
    assert found.passage == 0


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When did Ole sleep?", ["- Ann came on foot.", "- Ole slept."]),
        ("When did Ann come?", ["- Ann came on foot."]),  # It is read already.
        ("Who is Eva?", ["- Ann came on foot."]),
    ],
)
def test_the_sentence_with_most_words_of_the_question_is_read_again_too(question, expected):
    assert chosen(LIST, "Ann", question=question) == expected


def test_of_sentences_with_as_many_words_that_of_the_best_passage_is_read():
    places = [place_of(LIST)] * 3
    readings = [reading(LIST, ("Ann", 0.0))] * 3
    odds = np.log([0.001, 1, 0.001])
    found = choose_windows("When did Ole sleep?", places, readings, odds)
    assert [(w.passage, w.chunk.start) for w in found] == [(1, 1), (1, 43)]
    row = place_of(TABLE)
    assert choose_windows("Who is Ole?", [row], [reading(TABLE, ("Ole", 0.0))], odds[:1]) == []


def test_what_only_the_words_of_the_question_led_to_can_win():
    first = reading(PROSE, ("Ann", 2.0), ("Ann came", -1.0), answers=2.0)
    windows = ("Ann came. Ida sang.", "Ole left. Eva slept.")
    no = reading(windows[0], ("Ann", 5.0), answers=-4.0)
    yes = reading(windows[1], ("Eva", 5.0), answers=3.0)
    _, scores = merge(first, (windows[0], no), (windows[1], yes))
    assert next(iter(scores)) == "Eva"


def merge(first, *closer):
    """Return a reading of PROSE together with those of windows, given by their texts."""
    document, chunk = place_of(PROSE)
    windows = []
    for text, read in closer:
        start = document.text.index(text)
        windows.append((Window(0, Chunk("a.md", start, start + len(text))), read))
    (merged,) = add_closer_readings([(document, chunk)], [first], windows)
    return merged, {PROSE[p.start : p.end]: p.score for p in merged.proposals}


def test_words_share_by_the_mean_of_both_readings():
    first = reading(PROSE, ("Ann", 2.0), ("Ann came", 1.0), ("Eva", 0.5), answers=4.0)
    window = "Ann came. Ida sang."
    closer = reading(window, ("Ann came", 3.0), ("Ann", 0.0), answers=-1.0)
    merged, scores = merge(first, (window, closer))
    assert merged.answer_logit == 1.5
    assert merged.span_logsumexp == first.span_logsumexp
    mass, mass_again = math.log(math.exp(2) + math.exp(1)), math.log(1 + math.exp(3))
    assert scores["Ann came"] == pytest.approx(mass + (1 - mass) / 2 + (3 - mass_again) / 2)
    assert scores["Ann"] == pytest.approx(mass + (2 - mass) / 2 + (0 - mass_again) / 2)
    assert scores["Eva"] == 0.5
    assert next(iter(scores)) == "Ann came"


def test_what_one_reading_alone_proposes_counts_as_its_last_in_the_other():
    first = reading(PROSE, ("Ann", 2.0), ("Eva", -1.0))
    window = "Ann came. Ida sang."
    _, scores = merge(first, (window, reading(window, ("Ida", 1.0), ("Ann", 0.5))))
    again = math.log(math.exp(1) + math.exp(0.5))
    assert scores["Ida"] == pytest.approx(2 + (-1 - 2) / 2 + (1 - again) / 2)
    assert scores["Ann"] == pytest.approx(2 + (0.5 - again) / 2)


def test_a_window_that_does_not_answer_alone_loses_to_one_that_does():
    first = reading(PROSE, ("Ann", 2.0), ("Eva", 1.0), answers=2.0)
    windows = ("Ann came. Ida sang.", "Ole left. Eva slept.")
    no = reading(windows[0], ("Ann", 5.0), answers=-4.0)
    yes = reading(windows[1], ("Eva", 5.0), answers=3.0)
    merged, scores = merge(first, (windows[0], no), (windows[1], yes))
    assert merged.answer_logit == 2.5  # The best window counts.
    assert list(scores) == ["Eva", "Ann"]
    before = np.logaddexp(2.0, 1.0)
    assert np.logaddexp(scores["Ann"], scores["Eva"]) == pytest.approx(before)
    assert scores["Eva"] - scores["Ann"] == pytest.approx((1 + 3 - 2 + 4) / 2)


def test_words_in_two_windows_count_in_the_first():
    first = reading(PROSE, ("Ida", 2.0), ("Ole", 1.0), answers=2.0)
    windows = ("Ann came. Ida sang. Ole left.", "Ida sang. Ole left. Eva slept.")
    closer = [reading(window, ("Ida", 1.0), ("Ole", 0.0)) for window in windows]
    merged, scores = merge(first, *zip(windows, closer, strict=True))
    assert np.logaddexp(scores["Ida"], scores["Ole"]) <= merged.span_logsumexp + 1e-9
    assert list(scores) == ["Ida", "Ole"]


def test_a_passage_without_windows_stays_as_it_is():
    first = reading(PROSE, ("Ann", 2.0))
    assert merge(first)[0] is first
    nothing = Reading(0.0, -9.0, (), 1.0)
    window = "Ann came. Ida sang."
    assert merge(first, (window, nothing))[0] is first
    assert merge(nothing, (window, reading(window, ("Ann", 2.0))))[0] is nothing
