"""Metrics worked by hand, and `footnote eval` on a small corpus."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from makings import word_reader

import index
from qa.cli import main as cli
from qa.evaluation.evaluate import compute_metrics, evaluate, find_worst
from qa.evaluation.labels import GoldSpan, Question, index_corpus, read_questions
from qa.evaluation.metrics import auroc, calibration_error, count_overlap, exact_match, token_f1
from qa.reader.load import NONE

CORPUS = [
    {"id": "pier", "text": "The northern pier was opened in 1987. It is long."},
    {"id": "master", "text": "The harbour master is Ida Holm. She lives in Oslo."},
    {"id": "tide", "text": "High tide comes twice a day."},
]
LABELLED = [
    {
        "id": "when",
        "question": "When was the northern pier opened?",
        "answers": [{"doc_id": "pier", "start": 32, "end": 36, "text": "1987"}],
    },
    {
        "id": "who",
        "question": "Who is the harbour master?",
        "answers": [{"doc_id": "master", "start": 22, "end": 30, "text": "Ida Holm"}],
    },
    {"id": "no", "question": "How do I bake sourdough bread?", "answers": []},
]


@pytest.fixture
def labelled(tmp_path):
    folder = tmp_path / "set"
    folder.mkdir()
    for name, lines in (("corpus", CORPUS), ("questions", LABELLED)):
        text = "\n".join(json.dumps(line) for line in lines)
        (folder / f"{name}.jsonl").write_text(text + "\n")
    return folder


@pytest.mark.parametrize(
    ("found", "expected", "exact", "f1"),
    [
        ("The 2% of GDP.", "2 of gdp", 1.0, 1.0),
        ("on Tuesday", "Tuesday", 0.0, 2 / 3),
        ("a cat a cat", "cat", 0.0, 2 / 3),
        ("", "Tuesday", 0.0, 0.0),
        ("", "", 1.0, 1.0),
        ("Wednesday", "Tuesday", 0.0, 0.0),
    ],
)
def test_answers_are_compared_as_squad_does(found, expected, exact, f1):
    assert exact_match(found, expected) == exact
    assert token_f1(found, expected) == pytest.approx(f1)


def test_shared_characters():
    assert count_overlap(("a", 0, 10), ("a", 5, 20)) == 5
    assert count_overlap(("a", 0, 10), ("a", 10, 20)) == 0
    assert count_overlap(("a", 0, 10), ("b", 0, 10)) == 0


def test_auroc_and_calibration_by_hand():
    assert auroc(np.array([0.9, 0.4]), np.array([0.5, 0.1])) == 0.75
    # Two bins: 0.1 and 0.1 claimed with one of two right, 0.9 claimed and right.
    claimed, right = np.array([0.1, 0.1, 0.9]), np.array([True, False, True])
    assert calibration_error(claimed, right) == pytest.approx(2 / 3 * 0.4 + 1 / 3 * 0.1)


def test_each_question_is_compared_with_its_label(labelled, tmp_path, encoder):
    opened, names = index_corpus(labelled / "corpus.jsonl", tmp_path / "own", encoder=encoder)
    when, who, no = evaluate(read_questions(labelled), index=opened, names=names, reader=NONE)
    assert when.documents[0] == "pier"
    assert (when.right, when.quoted, when.outcome, when.exact) == (True, True, "answer", 0.0)
    assert when.f1 == pytest.approx(2 * 1 / (6 + 1))  # "northern pier was opened in 1987"
    assert when.precision == pytest.approx(4 / 37)
    assert when.recall == 1.0
    assert who.answer == "The harbour master is Ida Holm."
    assert (no.right, no.quoted, no.outcome, no.exact) == (False, False, "none", None)

    table = compute_metrics([when, who, no])
    assert (table["questions"], table["answerable"]) == (3, 2)
    assert table["hit@1"] == table["MRR@10"] == table["nDCG@10"] == table["recall@10"] == 1.0
    assert table["no-answer AUROC"] == 1.0
    assert table["shown"] == pytest.approx(2 / 3)
    assert (table["right"], table["wrong"], table["in passages"], table["missed"]) == (1, 0, 0, 0)
    assert (table["refused, of no answer"], table["true refusals"]) == (1, 1)
    assert table["wrong among shown"] == 0.0
    assert table["risk at coverage 0.8"] == 0.0  # Two of three questions.
    assert find_worst([when, who, no], 1) == [max((when, who), key=lambda o: 1 - o.probability)]


def test_the_outcomes_are_counted_by_hand(labelled, tmp_path, encoder):
    opened, names = index_corpus(labelled / "corpus.jsonl", tmp_path / "own", encoder=encoder)
    when, who, no = evaluate(read_questions(labelled), index=opened, names=names, reader=NONE)
    table = compute_metrics(
        [
            replace(when, outcome="answer", right=True),
            replace(when, outcome="answer", right=False),
            replace(who, outcome="passages", quoted=True),
            replace(who, outcome="passages", quoted=False),
            replace(who, outcome="none"),
            replace(no, outcome="none"),
            replace(no, outcome="none"),
            replace(no, outcome="answer", right=False),
        ]
    )
    shares = [table[name] for name in ("right", "wrong", "in passages", "missed")]
    assert shares == pytest.approx([1 / 5, 1 / 5, 1 / 5, 2 / 5])
    assert table["refused, of no answer"] == pytest.approx(2 / 3)
    assert table["shown, of no answer"] == pytest.approx(1 / 3)
    assert table["wrong among shown"] == pytest.approx(2 / 3)
    assert table["true refusals"] == pytest.approx(2 / 3)


def test_the_span_of_a_reader_is_compared(labelled, tmp_path, encoder):
    opened, names = index_corpus(labelled / "corpus.jsonl", tmp_path / "own", encoder=encoder)
    reader = word_reader({"ida": 5.0, "1987": 5.0}, {"holm": 5.0, "1987": 5.0})
    options = {"index": opened, "names": names, "reader": reader}
    when, who, _ = evaluate(read_questions(labelled), threshold=0.0, **options)
    assert (when.answer, when.right, when.exact, when.f1) == ("1987", True, 1.0, 1.0)
    assert (who.answer, who.right, who.exact, who.f1) == ("Ida Holm", True, 1.0, 1.0)
    assert when.precision == pytest.approx(4 / 37)  # The citation is the sentence.


def test_a_corpus_is_indexed_in_files_named_after_its_titles(tmp_path, encoder):
    corpus = tmp_path / "corpus.jsonl"
    lines = [
        {"id": "a", "title": "The_long: pier?", "text": "It is long."},
        {"id": "b", "text": "x"},
    ]
    corpus.write_text("\n".join(map(json.dumps, lines)))
    opened, names = index_corpus(corpus, tmp_path / "own", encoder=encoder)
    assert names == {"000000 The long pier.txt": "a", "000001.txt": "b"}
    assert list(opened.lexical.search("pier", 5)) == [0]


def test_a_question_whose_parts_are_all_required_counts_them_all(labelled, tmp_path, encoder):
    opened, names = index_corpus(labelled / "corpus.jsonl", tmp_path / "own", encoder=encoder)
    parts = (
        GoldSpan("master", 0, 31, "The harbour master is Ida Holm."),
        GoldSpan("tide", 0, 28, "High tide comes twice a day."),
    )
    question = Question(
        "all", "Who is the harbour master?", parts, True, frozenset({"master", "tide"}), True
    )
    (outcome,) = evaluate([question], index=opened, names=names)
    assert outcome.recall == pytest.approx(31 / 59)
    assert (outcome.answer, outcome.exact) == ("Ida Holm", 0.0)
    assert outcome.f1 == pytest.approx(2 * 2 / (2 + 10))  # Of the words of both sentences.


def test_rank_measures_follow_the_rank(labelled, tmp_path, encoder):
    opened, names = index_corpus(labelled / "corpus.jsonl", tmp_path / "own", encoder=encoder)
    asked = "Who is the harbour master?"
    ranked = evaluate(
        [Question("1", asked, (), True, frozenset({"master"}))],
        index=opened,
        names=names,
    )[0].documents
    second = Question("1", asked, (), True, frozenset({ranked[1]}))
    table = compute_metrics(evaluate([second], index=opened, names=names))
    assert table["hit@1"] == 0.0
    assert table["hit@5"] == 1.0
    assert table["MRR@10"] == 0.5
    assert table["nDCG@10"] == pytest.approx(1 / np.log2(3))
    first = Question("1", asked, (), True, frozenset({ranked[0]}))
    both = compute_metrics(evaluate([first, second], index=opened, names=names))
    assert (both["hit@1"], both["MRR@10"]) == (0.5, 0.75)  # Though they have the same id.


def test_the_command_prints_the_table_and_the_worst(labelled, capsys, encoder):
    assert cli.main(["eval", str(labelled), "--errors", "1"], chat=lambda arguments: None) == 0
    out = capsys.readouterr().out
    assert re.search(r"^hit@1 +1$", out, re.MULTILINE)
    assert "ask p50 ms" in out
    assert "\n  expected  " in out
    assert cli.main(["eval", str(labelled), "--json"], chat=lambda arguments: None) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["measures"]["hit@1"] == 1.0
    assert found["errors"] == []


def test_a_question_among_the_worst_commands_no_terminal(labelled, tmp_path, capsys, encoder):
    own = tmp_path / "own.jsonl"
    line = LABELLED[1] | {"id": "a\nb", "question": "Who is\nthe harbour \x1b[31mmaster?"}
    own.write_text(json.dumps(line))
    command = ["eval", str(own), "--corpus", str(labelled / "corpus.jsonl"), "--errors", "1"]
    assert cli.main(command, chat=lambda arguments: None) == 0
    assert "\na b: Who is the harbour \ufffd[31mmaster?\n" in capsys.readouterr().out
    assert cli.main([*command, "--index", str(tmp_path)], chat=lambda arguments: None) == 1
    assert "--corpus and --index do not go together" in capsys.readouterr().err


def test_the_command_measures_the_users_own_index(labelled, tmp_path, capsys, encoder):
    (tmp_path / "master").write_text("")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "master.txt").write_text(CORPUS[1]["text"])
    index.build([docs], index=tmp_path / "index", encoder=encoder)
    own = tmp_path / "own.jsonl"
    own.write_text('{"question": "Who is the harbour master?", "gold_docs": ["master.txt"]}')
    command = ["eval", str(own), "--index", str(tmp_path / "index"), "--json"]
    assert cli.main(command, chat=lambda arguments: None) == 0
    table = json.loads(capsys.readouterr().out)["measures"]
    assert (table["hit@1"], table["wrong among shown"]) == (1.0, 0.0)


def test_labels_that_fit_no_document_are_named(tmp_path, capsys, encoder):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "master.txt").write_text(CORPUS[1]["text"])
    index.build([docs], index=tmp_path / "index", encoder=encoder)
    places = [("master.txt", 22, 30), ("master.txt", 0, 8), ("nope\x1b.txt", 22, 30)]
    spans = [{"doc_id": d, "start": a, "end": b, "text": "Ida Holm"} for d, a, b in places]
    lines = [{"question": "Who is the harbour master?", "answers": [span]} for span in spans]
    own = tmp_path / "own.jsonl"
    own.write_text("\n".join(map(json.dumps, lines)))
    command = ["eval", str(own), "--index", str(tmp_path / "index")]
    assert cli.main(command, chat=lambda arguments: None) == 0
    assert capsys.readouterr().err.splitlines() == [
        "footnote: 2 labels did not fit the documents, so that their answers may be judged "
        "wrongly:",
        "  question 2: master.txt has 'The harb' at 0-8, not 'Ida Holm'",
        "  question 3: there is no document 'nope\\x1b.txt'",
    ]


def test_beir_is_read(tmp_path):
    (tmp_path / "qrels").mkdir()
    (tmp_path / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "a?"}\n{"_id": "q2", "text": "b?"}'
    )
    (tmp_path / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\td7\t1\n\nq1\td8\t0\n"
    )
    assert read_questions(tmp_path) == [Question("q1", "a?", (), True, frozenset({"d7"}))]
    (tmp_path / "qrels" / "dev.tsv").write_text("query-id\tcorpus-id\tscore\nq2\td9\t1\n")
    assert [q.id for q in read_questions(tmp_path)] == ["q1"]
    (tmp_path / "qrels" / "test.tsv").rename(tmp_path / "qrels" / "train.tsv")
    assert [q.id for q in read_questions(tmp_path)] == ["q1", "q2"]
    (tmp_path / "queries.jsonl").write_text('\n{"text": "a?"}')
    with pytest.raises(index.FootnoteError, match=r"queries\.jsonl, line 2, is no query"):
        read_questions(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"question": "a?"}\n{"answers": []}', "line 2, is not a labelled question"),
        (b'{"question": "a?", "answers": [{"start": 1}]}', "line 1, is not a labelled question"),
        (
            b'{"question": "a?", "answers": [{"doc_id": "a.txt", "start": 0, "end": 0}]}',
            "0 to 0 is no range",
        ),
        (b'{"question": "a?", "answerable": true}', "answerable, but neither answers nor"),
        (b'\n\n{"question": "a?"}\n{"answers": []}', "line 4, is not a labelled question"),
        (b"[1]", "line 1, is not a JSON object"),
        (b'"vote"', "line 1, is not a JSON object"),
        (b"not json", "line 1, is not a JSON object"),
        (b"\xff\xff", "cannot be read as text in UTF-8"),
        (b"", "There are no questions to evaluate"),
    ],
)
def test_a_bad_file_of_questions_gives_a_message(tmp_path, capsys, content, message, encoder):
    file = tmp_path / "questions.jsonl"
    file.write_bytes(content)
    (tmp_path / "a.txt").write_text("cat")
    index.build([tmp_path / "a.txt"], index=tmp_path / "index", encoder=encoder)
    command = ["eval", str(file), "--index", str(tmp_path / "index")]
    assert cli.main(command, chat=lambda arguments: None) == 1
    assert message in capsys.readouterr().err


def test_an_empty_folder_of_questions_gives_a_message(tmp_path):
    with pytest.raises(index.FootnoteError, match=r"holds neither questions\.jsonl nor"):
        read_questions(tmp_path)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"q1 0 d7 1", "line 2, is no judgement"),
        (b"q1\td7\tgood", "line 2, is no judgement"),
        (b"q1\t0\td7\t1", "line 2, is no judgement"),
        (b"caf\xe9\td7\t1", "cannot be read as text in UTF-8"),
    ],
)
def test_a_bad_judgement_gives_a_message(tmp_path, line, says):
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_bytes(b"query-id\tcorpus-id\tscore\n" + line)
    with pytest.raises(index.FootnoteError, match=rf"test\.tsv,? {says}"):
        read_questions(tmp_path)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"id": "2"}', r'Line 3 of .*corpus\.jsonl has no "text"'),
        ('["a", "b"]', r"corpus\.jsonl, line 3, is not a JSON object"),
    ],
)
def test_a_document_without_a_text_gives_a_message(tmp_path, line, says):
    (tmp_path / "corpus.jsonl").write_text(f'\n{{"id": "1", "text": "a"}}\n{line}\n')
    with pytest.raises(index.FootnoteError, match=says):
        index_corpus(tmp_path / "corpus.jsonl", tmp_path / "own")
