"""tantivy's BM25 is the formula, and its words are those of the language."""

import math
import tempfile
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import IndexDamaged
from index.search.lexical import LexicalIndex
from index.search.terms import extract_terms

TEXTS = ["the cat sat", "the dog sat and sat", "a bird"]
"""Of 3, 5 and 2 words: 10 / 3 on average. tantivy keeps lengths under 40 words as they are."""

WORDS = st.sampled_from(["cat", "dog", "bird", "ship", "oslo"])
COLLECTIONS = st.lists(st.lists(WORDS, min_size=1, max_size=12).map(" ".join), min_size=1)


def bm25(texts: list[str], question: str) -> dict[int, float]:
    """Return the score of each text that matches, from the formula and nothing else."""
    words = [text.split() for text in texts]
    average = sum(map(len, words)) / len(words)
    scores: dict[int, float] = {}
    for word, times in Counter(question.split()).items():
        holding = sum(word in text for text in words)
        idf = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
        for row, text in enumerate(words):
            if count := text.count(word):
                saturated = count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(text) / average))
                scores[row] = scores.get(row, 0.0) + times * idf * saturated
    return scores


@pytest.fixture(scope="module")
def lexical(tmp_path_factory):
    return LexicalIndex.write(TEXTS, tmp_path_factory.mktemp("index") / "lexical")


# --- words --------------------------------------------------------------------------------------

LATIN = st.characters(max_codepoint=0x24F) | st.characters(
    min_codepoint=0x2000, max_codepoint=0x20BF
)


@settings(max_examples=300)
@given(st.text(LATIN) | st.text("aé ßµ²½'’-_0. "), st.sampled_from(["en", "de", "tr"]))
def test_words_of_latin_texts_are_those_of_all_others(text, language):
    # A letter of another script is a separate word, and nothing is cached.
    assert extract_terms(f"{text} я", language) == [*extract_terms(text, language), "я"]


def test_a_word_without_end_is_none():
    text = f"cats {'x' * 101} {'x' * 99}"
    assert extract_terms(text) == extract_terms(f"я {text}")[1:]


# --- scores -------------------------------------------------------------------------------------


def test_score_worked_by_hand(lexical):
    """In "the cat sat", "cat" is one of 3 words and in 1 of 3 texts.

    idf = ln(1 + 2.5 / 1.5) = 0.9808; 2.2 / (1 + 1.2 (0.25 + 0.75 x 0.9)) = 1.0427.
    """
    assert lexical.search("cat", 10) == {0: pytest.approx(0.980829 * 1.042654, abs=1e-5)}


def test_order_and_scores_of_a_word_in_two_texts(lexical):
    """idf = ln(1 + 1.5 / 2.5) = 0.4700; once in 3 words 1.0427, twice in 5 words 1.2055."""
    found = lexical.search("sat", 10)
    assert list(found) == [1, 0]
    assert list(found.values()) == pytest.approx([0.470004 * 1.205479, 0.470004 * 1.042654], 1e-5)


def test_common_words_are_dropped_in_a_large_index(lexical, monkeypatch):
    monkeypatch.setattr("index.search.lexical.MAX_COMMON_TERM_ROWS", 2)
    monkeypatch.setattr("index.search.lexical.COMMON_TERM_SHARE", 0.5)
    assert lexical.search("the cat", 10) == lexical.search("cat", 10)
    assert lexical.score_limit("the cat") == lexical.score_limit("cat")
    assert set(lexical.search("the", 10)) == {0, 1}  # There is no other word.


def test_word_asked_twice_counts_twice(lexical):
    once, twice = lexical.search("cat", 1)[0], lexical.search("cat cat", 1)[0]
    assert twice == pytest.approx(2 * once)


@settings(max_examples=15)
@given(texts=COLLECTIONS, question=st.lists(WORDS, min_size=1, max_size=6).map(" ".join))
def test_agrees_with_the_formula_and_stays_under_the_most_possible(texts, question):
    with tempfile.TemporaryDirectory() as folder:
        lexical = LexicalIndex.write(texts, Path(folder, "lexical"))
        found = lexical.search(question, len(texts))
        assert found == pytest.approx(bm25(texts, question), rel=1e-5)
        assert list(found.values()) == sorted(found.values(), reverse=True)
        assert all(score < lexical.score_limit(question) for score in found.values())


def test_most_possible_worked_by_hand(lexical):
    """2.2 for each word times its idf; one that is nowhere adds half, or nothing if it is short."""
    expected = 2.2 * math.log(1 + 1.5 / 2.5) + 2.2 * math.log(1 + 2.5 / 1.5)
    assert lexical.score_limit("Sat cats, owl?") == pytest.approx(expected)
    assert lexical.score_limit("owl") == 0
    nowhere = 0.5 * 2.2 * math.log(1 + 3.5 / 0.5)
    assert lexical.score_limit("unicorn") == pytest.approx(nowhere)


def test_a_long_word_with_one_wrong_letter_is_found(tmp_path):
    lexical = LexicalIndex.write(["The frigate left", "The harbour is long"], tmp_path / "lexical")
    most = 2.2 * math.log(1 + 2.5 / 0.5)
    for word in ("harbor", "hrabour", "harbouur", "marbour"):
        assert lexical.search(word, 5) == {1: pytest.approx(0.5 * most, rel=1e-5)}
    assert lexical.search("hrbr", 5) == {}
    assert lexical.search("lang", 5) == {}  # Too short to be distinguished from other words.


def test_a_misspelt_word_is_compared_before_it_is_stemmed(tmp_path):
    """The stem of "evaporation" is "evapor", four letters from "evapration"."""
    texts = ["Evaporation is slow", "The harbours are long"]
    lexical = LexicalIndex.write(texts, tmp_path / "lexical")
    most = 2.2 * math.log(1 + 2.5 / 0.5)
    for word, row in (("evapration", 0), ("evaporatino", 0), ("harbuors", 1)):
        assert lexical.search(word, 5) == {row: pytest.approx(0.5 * most, rel=1e-5)}
        assert lexical.score_limit(word) == pytest.approx(0.5 * most)


def test_a_code_with_another_character_is_no_misspelling(tmp_path):
    lexical = LexicalIndex.write(["Valve QX-7781", "Pump"], tmp_path / "lexical")
    for code in ("QX7782", "qx-7782", "QX77811"):
        assert set(lexical.search(code, 5)) <= {0}
        assert lexical.search(code, 5).get(0, 0) < lexical.search("QX7781", 5)[0]
    assert lexical.search("7782", 5) == {}


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("QX7781", "The valve QX-7781 leaks"),
        ("qx-7781", "The valve QX7781 leaks"),
        ("coop", "A co-op of farmers"),
        ("co-op", "The coop of farmers"),
        ("OBrian", "Ask O'Brian first"),
        ("3400", "It turns 3,400 times"),
        ("3.400", "Es dreht sich 3400 mal"),
        ("3,400", "Es dreht sich 3.400 mal"),
        ("75kg", "It bears 75 kg"),
        ("75 kg", "It bears 75kg"),
    ],
)
def test_forms_of_codes_numbers_and_words_find_each_other(tmp_path, question, text):
    lexical = LexicalIndex.write(["The pump stops", text, "A net"], tmp_path / "lexical")
    assert list(lexical.search(question, 3)) == [1]


@pytest.mark.parametrize(
    ("question", "right", "other"),
    [
        ("v2.14.3", "Release v2.14.3", "Release v2.3.14"),
        ("KL-36-7", "Filter KL-36-7", "Filter KL-7, of 36"),
        ("C++", "Written in C++", "Written in C"),
        ("C#", "Written in C#", "Written in C++ and C"),
        ("#harbour", "Filed under #harbour", "The harbour"),
        ("bo.ek@quay.example", "Mail bo.ek@quay.example", "Mail ek.bo@example.quay"),
        ("https://quay.example/a/b", "See https://quay.example/a/b", "https b a quay example"),
        ("the tariff in harbour-fees-v2.md", "harbour-fees-v2.md", "md v2 of fees, harbour"),
        ("fees in harbour-fees-v2", "harbour-fees-v2.md", "md v2 of fees, harbour"),
    ],
)
def test_a_compound_counts_more_than_its_scattered_parts(tmp_path, question, right, other):
    lexical = LexicalIndex.write([other, right, "A net"], tmp_path / "lexical")
    found = lexical.search(question, 3)
    assert next(iter(found)) == 1
    assert found[1] > 1.2 * found.get(0, 0)


def test_an_index_without_words_as_written_still_answers(tmp_path, monkeypatch):
    lexical = LexicalIndex.write(["The frigate left", "A net"], tmp_path / "lexical")
    monkeypatch.setattr(lexical, "_has_words", False)
    assert list(lexical.search("frigaet", 5)) == [0]


def test_most_possible_is_neared_by_a_long_run_of_the_word(tmp_path):
    lexical = LexicalIndex.write(["cat " * 5000, "dog"], tmp_path / "lexical")
    share = lexical.search("cat", 1)[0] / lexical.score_limit("cat")
    assert 0.99 < share < 1


# --- results ----------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ["unicorn", "", " ", "?!"])
def test_no_match_is_empty(lexical, question):
    assert lexical.search(question, 10) == {}


def test_top_k_takes_the_best(lexical):
    assert list(lexical.search("sat", 1)) == [1]


def test_top_k_larger_than_the_index_gives_all_that_match(lexical):
    assert sorted(lexical.search("the", 100)) == [0, 1]


def test_document_frequency(lexical):
    assert [lexical.document_frequency(term) for term in ("sat", "bird", "unicorn")] == [2, 1, 0]


def test_loaded_is_the_same_as_written(lexical, tmp_path):
    written = LexicalIndex.write(TEXTS, tmp_path / "lexical")
    loaded = LexicalIndex.load(tmp_path / "lexical")
    assert len(loaded) == len(written) == 3
    for question in ("sat", "the cat", "bird dog"):
        assert loaded.search(question, 10) == written.search(question, 10)
        assert loaded.search(question, 10) == lexical.search(question, 10)


@pytest.mark.parametrize("damage", ["empty folder", "no folder", "rubbish"])
def test_damaged_folder_is_named(tmp_path, damage):
    folder = tmp_path / "lexical"
    if damage != "no folder":
        folder.mkdir()
    if damage == "rubbish":
        (folder / "meta.json").write_text("rubbish")
    with pytest.raises(IndexDamaged, match=r"^lexical is not a tantivy index: "):
        LexicalIndex.load(folder)


# --- words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Naval bases in São Paulo", ["naval", "base", "in", "sao", "paulo"]),
        ("RUNNING runs Run", ["run", "run", "run"]),
        ("Ångström, naïve; ÉTÉ", ["angstrom", "naiv", "ete"]),
        ("e\u0301te\u0301", ["ete"]),
        ("İstanbul", ["istanbul"]),
        ("東京は is tall", ["東", "京", "は", "is", "tall", "東京", "京は"]),
        ("한국어 문서", [*"한국어문서", "한국", "국어", "어문", "문서"]),
        ("ท่าเรือ", [*"ท่าเรือ", *map("".join, pairwise("ท่าเรือ"))]),
        ("ｱｲｽ", ["ｱ", "ｲ", "ｽ", "ｱｲ", "ｲｽ"]),
        ("Привет, мир", ["привет", "мир"]),
        ("2% of 1,000 in 2027", ["2", "of", "1", "000", "in", "2027"]),
        ("x" * 101 + " y", ["y"]),
        ("", []),
        ("?! — 😀", []),
    ],
)
def test_terms(text, expected):
    assert extract_terms(text) == expected


def test_a_turkish_capital_is_one_letter():
    assert extract_terms("İstanbul", "tr") == extract_terms("istanbul", "tr")


def test_words_are_found_whatever_their_accents_case_and_ending(tmp_path):
    texts = ["Naval bases in São Paulo", "İstanbul", "東京に行く"]
    lexical = LexicalIndex.write(texts, tmp_path / "lexical")
    assert list(lexical.search("a BASE", 3)) == [0]
    assert list(lexical.search("sao", 3)) == [0]
    assert list(lexical.search("Sa\u0303o", 3)) == [0]
    assert list(lexical.search("istanbul", 3)) == [1]
    assert list(lexical.search("京", 3)) == [2]
