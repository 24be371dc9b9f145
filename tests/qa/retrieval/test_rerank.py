"""Fusion worked by hand; retrieval on small indexes whose scores can be computed."""

import json
import math
from dataclasses import replace

import pytest
from makings import word_reader, write_files

import index
import qa
from index.text.chunk import Chunk
from qa.citation import cite
from qa.reader.load import NONE
from qa.retrieval.arguments import MAX_QUESTION, check_question
from qa.retrieval.hybrid import (
    DENSE_WEIGHT,
    KNOWN_LANGUAGE,
    MIN_DENSE_SHARE,
    TOGETHER_WEIGHT,
    dense_weight,
    fuse,
)
from qa.retrieval.rerank import (
    MAX_CLOSE,
    MAX_READ,
    MIN_READ,
    READ_MARGIN,
    Passage,
    choose_to_read,
    retrieve,
)


@pytest.fixture
def three(tmp_path, word_encoder):
    """Three one-line documents over the vocabulary of the word encoder."""
    folder = tmp_path / "docs"
    folder.mkdir()
    for name, text in (("a", "cat cat dog"), ("b", "dog"), ("c", "fish tree")):
        (folder / f"{name}.txt").write_text(text)
    index.build([folder], index=tmp_path / "index", encoder=word_encoder)
    return index.open_index(tmp_path / "index")


def test_fused_scores_are_the_weighted_sum():
    fused = fuse({0: 0.9, 1: 0.5}, {1: 3.0, 2: 6.0}, score_limit=12.0, share=0.25)
    assert fused == {
        0: {"dense": 0.9, "lexical": 0.0, "fused": pytest.approx(0.225)},
        1: {"dense": 0.5, "lexical": 0.25, "fused": pytest.approx(0.3125)},
        2: {"dense": 0.0, "lexical": 0.5, "fused": pytest.approx(0.375)},
    }


def test_an_unknown_language_is_searched_by_words_first():
    assert dense_weight(1.0) == dense_weight(KNOWN_LANGUAGE) == DENSE_WEIGHT
    assert dense_weight(0.0) == pytest.approx(DENSE_WEIGHT * MIN_DENSE_SHARE)
    assert dense_weight(KNOWN_LANGUAGE / 2) == pytest.approx(
        DENSE_WEIGHT * (1 + MIN_DENSE_SHARE) / 2
    )


def test_each_document_is_weighed_by_its_own_language(tmp_path, word_encoder):
    (tmp_path / "known.txt").write_text("cat dog")
    (tmp_path / "unknown.txt").write_text("cat 東")
    index.build([tmp_path], index=tmp_path / ".footnote", encoder=word_encoder)
    known, unknown = sorted(
        retrieve("cat", index=tmp_path / ".footnote", encoder=word_encoder, reader=NONE),
        key=lambda passage: passage.document.id,
    )
    for passage, share in ((known, DENSE_WEIGHT), (unknown, DENSE_WEIGHT * MIN_DENSE_SHARE)):
        dense, lexical = passage.scores["dense"], passage.scores["lexical"]
        fused = share * dense + (1 - share) * lexical
        assert passage.score == pytest.approx(fused + TOGETHER_WEIGHT)


def test_fusion_without_any_word_found_keeps_the_order_by_meaning():
    fused = fuse({3: 0.1, 1: 0.8}, {}, score_limit=0.0)
    assert max(fused, key=lambda row: fused[row]["fused"]) == 1


def test_order_and_scores_by_hand(three, word_encoder):
    passages = retrieve("dog", index=three, encoder=word_encoder, top_k=5, reader=NONE)
    # BM25 with k1 = 1.2, b = 0.75: "dog" is in 2 of 3 texts of 6, 4 and 5 words, 5 on average,
    # the two words of each file's name among them, and the name as one word.
    idf = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5))

    def share(length):
        return (1 / (1 + 1.2 * (0.25 + 0.75 * length / 5))) * 2.2 * idf / (2.2 * idf)

    assert [passage.document.id for passage in passages] == ["b.txt", "a.txt", "c.txt"]
    b, a, c = passages
    assert b.scores == {
        "dense": pytest.approx(1.0),
        "lexical": pytest.approx(share(4), rel=1e-5),
        "fused": b.score,
    }
    assert a.scores["dense"] == pytest.approx(1 / math.sqrt(5))
    assert a.scores["lexical"] == pytest.approx(share(6), rel=1e-5)
    fused = DENSE_WEIGHT + (1 - DENSE_WEIGHT) * share(4)
    assert b.score == pytest.approx(fused + TOGETHER_WEIGHT, rel=1e-5)  # One sentence holds all.
    assert c.score == pytest.approx(0.0)


def test_top_k_limits_and_may_exceed_the_index(three, word_encoder):
    assert len(retrieve("cat", index=three, encoder=word_encoder, top_k=2)) == 2
    assert len(retrieve("cat", index=three, encoder=word_encoder, top_k=50)) == 3
    with pytest.raises(index.FootnoteError, match="1 passage or more"):
        retrieve("cat", index=three, encoder=word_encoder, top_k=0)


def test_a_passage_is_the_slice_of_its_document(three, word_encoder):
    for passage in retrieve("tree", index=three, encoder=word_encoder, reader=NONE):
        chunk, text = passage.chunk, passage.document.text
        assert passage.text == text[chunk.start : chunk.end]
        assert chunk.document_id == passage.document.id


def test_the_index_is_found_by_folder_and_by_environment(three, word_encoder, monkeypatch):
    folder = three.folder.parent.parent
    assert (
        retrieve("fish", index=folder, encoder=word_encoder, reader=NONE)[0].document.id == "c.txt"
    )
    monkeypatch.setenv("FOOTNOTE_INDEX", str(folder))
    assert retrieve("fish", encoder=word_encoder, reader=NONE)[0].document.id == "c.txt"


@pytest.mark.parametrize("question", ["", "   ", "?!", "\n\t"])
def test_an_empty_question_is_refused_with_an_example(question):
    with pytest.raises(index.FootnoteError, match="question is empty"):
        check_question(question)


def test_an_overlong_question_is_refused_with_both_lengths(three, word_encoder):
    question = "word " * 10_000
    with pytest.raises(index.FootnoteError, match=r"49,999 characters; at most 2,000"):
        qa.ask(question, index=three, encoder=word_encoder, reader=NONE)
    assert check_question("x" * MAX_QUESTION) == "x" * MAX_QUESTION


def test_another_encoder_is_refused(three, encoder):
    with pytest.raises(index.EncoderMismatch, match="was built with the encoder"):
        retrieve("dog", index=three, encoder=encoder, reader=NONE)


def test_a_file_is_found_by_its_name(tmp_path, word_encoder):
    for name, text in (("annual-report-2024", "cat dog"), ("minutes", "dog cat")):
        (tmp_path / f"{name}.txt").write_text(text)
    index.build([tmp_path], index=tmp_path / ".footnote", encoder=word_encoder)
    for question, name in (("report 2024", "annual-report-2024.txt"), ("minutes", "minutes.txt")):
        first = retrieve(question, index=tmp_path / ".footnote", encoder=word_encoder, reader=NONE)[
            0
        ]
        assert first.document.id == name


def test_a_quoted_phrase_comes_first(tmp_path, word_encoder):
    texts = {
        "a.txt": "cat cat cat dog",
        "b.txt": "Somewhere in a long text it says: the dog\nCat house stands there, a bird too.",
    }
    index.build([write_files(tmp_path / "d", texts)], index=tmp_path / "i", encoder=word_encoder)
    options = {"index": tmp_path / "i", "encoder": word_encoder, "reader": NONE}
    plainly = retrieve("dog cat", **options)
    quoted = retrieve('"dog cat" house', **options)
    assert [passage.document.id for passage in plainly] == ["a.txt", "b.txt"]
    assert [passage.document.id for passage in quoted] == ["b.txt", "a.txt"]
    assert quoted[0].score > quoted[1].score


def test_reading_puts_the_passage_that_answers_first(tmp_path, word_encoder):
    texts = {f"{n}.txt": f"cat dog {n}" for n in range(MAX_READ + 3)} | {
        "z.txt": "The dog is Ida Holm."
    }
    index.build([write_files(tmp_path / "d", texts)], index=tmp_path / "i", encoder=word_encoder)
    options = {"index": tmp_path / "i", "encoder": word_encoder, "top_k": 20}
    unread = retrieve("dog Ida", reader=NONE, **options)
    reader = word_reader({"ida": 5.0}, {"holm": 5.0})
    read = retrieve("dog Ida", reader=reader, **options)
    assert read[0].document.id == "z.txt"
    assert read[0].scores["reader"] == pytest.approx(1 / (1 + math.exp(-4)))
    assert len(read) == len(unread) == len(texts)
    assert 0 < sum(passage.reading is not None for passage in read) <= MAX_READ
    scores = [passage.score for passage in read]
    assert scores == sorted(scores, reverse=True)
    assert all(passage.reading is None for passage in unread)


@pytest.mark.parametrize(
    ("near", "read"), [(1, MIN_READ), (MIN_READ + 1, MIN_READ + 1), (MAX_CLOSE + 3, MAX_CLOSE)]
)
def test_passages_near_the_best_are_read_and_some_in_any_case(three, word_encoder, near, read):
    (passage,) = retrieve("cat", index=three, encoder=word_encoder, top_k=1, reader=NONE)
    close = [0.6 - 0.01 * n for n in range(near)]
    scores = close + [0.59 - READ_MARGIN - 0.01 * n for n in range(9)]
    passages = [replace(passage, scores={"fused": score, "dense": score}) for score in scores]
    assert choose_to_read(passages) == passages[:read]
    assert choose_to_read(passages[:2]) == passages[:2]
    assert choose_to_read([]) == []


def test_the_nearest_by_meaning_are_read_too(three, word_encoder):
    (passage,) = retrieve("cat", index=three, encoder=word_encoder, top_k=1, reader=NONE)
    dense = (0.2, 0.9, 0.1, 0.2, 0.3, 0.8, 0.1)
    passages = [
        replace(passage, scores={"fused": 0.9 - 0.2 * n, "dense": meaning})
        for n, meaning in enumerate(dense)
    ]
    assert choose_to_read(passages) == [*passages[:MIN_READ], passages[5]]


def test_reader_is_given_the_header_of_a_table_that_a_passage_begins_in(
    tmp_path, word_encoder, monkeypatch
):
    rows = "".join(f"bird {number},{number}\n" for number in range(60))
    files = {"d/fees.csv": f"Boat,Fee\n{rows}dog,7\n", "d/note.txt": "The dog."}
    write_files(tmp_path, files)
    index.build([tmp_path / "d"], index=tmp_path / "i", encoder=word_encoder)
    reader = word_reader({"7": 5.0}, {"7": 5.0})
    given: list[tuple[str, str]] = []
    read = reader.read

    def keep_and_read(question, passages):
        given.extend(passages)
        return read(question, passages)

    monkeypatch.setattr(reader, "read", keep_and_read)
    found = retrieve("dog", index=tmp_path / "i", encoder=word_encoder, reader=reader)
    titles = {text.split("\n")[-1]: title for title, text in given}
    assert titles["The dog."] == "note"
    assert titles["| dog | 7 |"] == "fees. | Boat | Fee |"
    (row,) = (passage for passage in found if passage.text.endswith("| dog | 7 |"))
    assert row.text == row.document.text[row.chunk.start : row.chunk.end]
    assert "Boat" not in row.text
    start, end = row.reading.proposals[0].start, row.reading.proposals[0].end
    assert row.text[start:end] == "7"


def test_a_passage_names_its_citation_page_and_address(tmp_path, word_encoder):
    write_files(tmp_path / "docs", {"a.txt": "It rained. The cat visited Oslo.", "b.txt": "dog"})
    write_files(tmp_path / "docs", {"copy.txt": "dog"})
    index.build([tmp_path / "docs"], index=tmp_path / "index", encoder=word_encoder)
    options = {"index": tmp_path / "index", "encoder": word_encoder, "reader": NONE}
    passage = retrieve("cat", top_k=1, **options)[0]
    citation = passage.citation
    assert (citation.document_id, citation.quote) == (passage.document_id, passage.text)
    assert (passage.document_id, passage.page, passage.uri) == ("a.txt", None, citation.uri)
    assert qa.check(passage.uri, index=tmp_path / "index").quote == passage.text
    record = passage.to_dict()
    assert json.loads(json.dumps(record)) == record
    assert record == {
        "document_id": "a.txt",
        "title": "It rained. The cat visited Oslo.",
        "page": None,
        "start": 0,
        "end": 32,
        "text": "It rained. The cat visited Oslo.",
        "score": passage.score,
        "scores": dict(passage.scores),
        "uri": citation.uri,
        "also": [],
    }
    copied = retrieve("dog", top_k=1, **options)[0].to_dict()
    assert (copied["document_id"], copied["also"]) == ("b.txt", ["copy.txt"])


def test_the_page_of_a_passage_is_where_it_begins(three):
    document = replace(three.document_by_id("a.txt"), page_starts=(0, 8))
    first, second = (
        Passage(Chunk("a.txt", start, 11), document, document.text[start:11], 0.5, {})
        for start in (4, 8)
    )
    assert (first.page, second.page, second.to_dict()["page"]) == (1, 2, 2)


def test_what_is_found_is_printed_in_short(tmp_path, word_encoder):
    name = f"{'folder/' * 20}{'long ' * 30}name.txt"
    text = f"# {'A title ' * 90}\n\n{'cat ' * 9000}"
    write_files(tmp_path / "docs", {name: text})
    index.build([tmp_path / "docs"], index=tmp_path / "index", encoder=word_encoder)
    opened = index.open_index(tmp_path / "index")
    assert repr(opened) == f"Generation('000001', documents=1, chunks={len(opened.chunks)})"
    passage = retrieve("cat", index=opened, encoder=word_encoder, reader=NONE)[0]
    whole = cite(passage.document, 0, len(passage.document.text))
    for found in (passage, passage.document, whole):
        assert len(repr(found)) < 200
        assert "name.txt'" in repr(found)
