"""Votes become labelled questions, and footnote eval reads them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from makings import write_files

import index
import qa
from qa.answer import Answer
from qa.citation import cite
from qa.cli import main as cli
from qa.evaluation.labels import GoldSpan, Question, read_questions, serialize_question
from qa.history.conversations import Conversations
from qa.history.feedback import (
    ALSO_DISLIKED,
    DISLIKED,
    LESS_THAN_ANSWER,
    NOT_IN_DOCUMENTS,
    PARTIAL_SEARCH,
    label_votes,
    vote_record,
)

SEEDS = Path(__file__).parents[3] / "seeds"
SEED_ID = "000_c84859b3cd77474d.txt"
TEXT = "It rained. The cat visited Oslo; the dog went to Paris. The bird stayed."


@pytest.fixture
def docs(tmp_path):
    return write_files(tmp_path / "docs", {"a.txt": TEXT, "b.txt": "Everyone slept. The end."})


@pytest.fixture
def build(tmp_path, docs, word_encoder):
    def run():
        index.build([docs], index=tmp_path / "index", encoder=word_encoder)
        return index.open_index(tmp_path / "index")

    return run


@pytest.fixture
def store(build, tmp_path):
    build()
    return Conversations(tmp_path / "index")


@pytest.fixture
def vote(store, build):
    """Store an answer with these words of a.txt, or without an answer, and a vote."""

    def run(question, value, *words, **fields):
        generation = build()
        document = generation.document_by_id("a.txt")
        cited = []
        for part in words:
            start = TEXT.index(part)
            span = (11, 55) if 11 <= start < 55 else (start, start + len(part))
            cited.append(cite(document, *span, answer=(start, start + len(part))))
        text = "; ".join(words) or qa.NOT_FOUND
        answer = Answer(
            question,
            question,
            text,
            tuple(cited),
            (),
            0.9,
            0.9,
            "answer" if words else "none",
            (),
            (),
        )
        searched_in = fields.pop("searched_in", ())
        talk = store.new("ann").id
        turn = store.add("ann", talk, question, replace(answer, **fields), searched_in)
        store.vote("ann", turn.id, value)
        return turn

    return run


def found(store, generation):
    """Return the lines that votes come to, and the reasons of the votes without one."""
    feedback = label_votes(store.voted_turns(), generation)
    lines = [serialize_question(question) for question in feedback.questions]
    return lines, [why for _, why in feedback.others], str(feedback)


def gold(words, doc_id="a.txt", text=TEXT):
    start = text.index(words)
    return {"doc_id": doc_id, "start": start, "end": start + len(words), "text": words}


def test_a_liked_answer_labels_its_words_and_a_disliked_one_nothing(store, vote, build):
    vote("Where did the cat go?", 1, "Oslo")
    vote("Where did the dog go?", -1, "Oslo")
    vote("Who sang?", 1)
    vote("Who stayed?", -1)
    lines, others, summary = found(store, build())
    assert lines == [
        {"question": "Where did the cat go?", "answers": [gold("Oslo")]},
        {"question": "Who sang?", "answers": []},
    ]
    assert others == [DISLIKED, DISLIKED]
    assert summary == "2 liked, 2 disliked, 2 questions written"


def test_a_follow_up_question_is_labelled_with_its_search_text(store, vote, build):
    vote("And the cat?", 1, "Oslo", searched_for="Where did the cat go?")
    vote("where did the CAT  go?", -1, "Paris")
    lines, others, _ = found(store, build())
    assert [line["question"] for line in lines] == ["where did the CAT  go?"]
    assert lines[0]["answers"] == [gold("Oslo")]
    assert others == [DISLIKED]


def test_the_same_answer_liked_and_disliked_labels_nothing(store, vote, build):
    vote("Where did the cat go?", 1, "Oslo")
    vote("Where did the cat go?", -1, "Oslo")
    vote("Who sang?", 1)
    vote("Who sang?", -1)
    lines, others, summary = found(store, build())
    assert lines == []
    assert others == [ALSO_DISLIKED, DISLIKED, ALSO_DISLIKED, DISLIKED]
    assert summary == (
        "2 liked, 2 disliked, 0 questions written; liked but left out: 2 disliked as well"
    )


def test_liked_answers_are_alternatives_and_win_over_no_answer(store, vote, build):
    vote("Who went away?", 1)
    vote("Who went away?", 1, "The cat")
    vote("Who went away?", 1, "the dog")
    vote("Who went away?", 1, "The cat")
    lines, others, _ = found(store, build())
    assert lines == [{"question": "Who went away?", "answers": [gold("The cat"), gold("the dog")]}]
    assert others == [LESS_THAN_ANSWER]


def test_no_answer_in_some_documents_is_none_in_all(store, vote, build):
    vote("Who sang?", 1, searched_in=["b.txt"])
    lines, others, summary = found(store, build())
    assert (lines, others) == ([], [PARTIAL_SEARCH])
    assert summary == (
        "1 liked, 0 disliked, 0 questions written; "
        "liked but left out: 1 asked of some documents only"
    )
    vote("Who sang?", 1)
    assert found(store, build())[0] == [{"question": "Who sang?", "answers": []}]


def test_several_parts_are_all_needed(store, vote, build, tmp_path):
    vote("Who went where?", 1, "Oslo")
    vote("Who went where?", 1, "The cat", "the dog")
    (line,), _, _ = found(store, build())
    assert line["answers"] == [gold("The cat"), gold("the dog")]
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps(line))
    (question,) = read_questions(file)
    assert question.all_required
    vote("Who went where?", 1, "Paris")
    (line,), _, _ = found(store, build())
    assert (line["answers"], "span_level" in line) == ([gold("Paris")], False)


def test_parts_of_one_sentence_that_is_cited_once_are_found_in_it(store, vote, build):
    turn = vote("Who went away?", 1, "The cat", "the dog")
    once = turn.answer["citations"][:1]
    assert once[0]["quote"] == TEXT[11:55]
    answer = qa.Answer("Who?", "Who?", turn.answer["text"], (), (), 0.9, 0.9, "answer", (), ())
    cited = tuple(cite(build().document_by_id("a.txt"), 11, 55, answer=(11, 18)) for _ in once)
    again = store.replace("ann", turn.id, "Who?", replace(answer, citations=cited))
    store.vote("ann", again.id, 1)
    (line,), _, _ = found(store, build())
    assert line["answers"] == [gold("The cat"), gold("the dog")]


def test_sentences_that_only_probably_answer_label_nothing(store, vote, build):
    vote("Where did the cat go?", 1, "Oslo", outcome="passages")
    lines, reasons, _ = found(store, build())
    assert (lines, reasons) == ([], ["answered by sentences without exact words"])


def test_a_displayed_whole_sentence_is_the_label(store, vote, build):
    sentence = TEXT[11:55]
    turn = vote("Why?", 1, "Oslo")
    cited = cite(build().document_by_id("a.txt"), 11, 55, answer=(27, 31))
    answer = Answer("Why?", "Why?", sentence, (cited,), (), 0.9, 0.9, "answer", (), ())
    store.replace("ann", turn.id, "Why?", answer)
    store.vote("ann", turn.id, 1)
    (line,), _, _ = found(store, build())
    assert line["answers"] == [gold(sentence)]


def test_labels_follow_their_words_and_end_with_them(store, vote, build, docs):
    vote("Where did the cat go?", 1, "Oslo")
    (docs / "a.txt").rename(docs / "moved.txt")
    assert found(store, build())[0][0]["answers"] == [gold("Oslo", "moved.txt")]
    other = f"A new beginning. {TEXT}"
    (docs / "moved.txt").write_text(other)
    assert found(store, build())[0][0]["answers"] == [gold("Oslo", "moved.txt", other)]
    (docs / "moved.txt").write_text("The cat stayed.")
    lines, others, summary = found(store, build())
    assert (lines, others) == ([], [NOT_IN_DOCUMENTS])
    assert summary == (
        "1 liked, 0 disliked, 0 questions written; liked but left out: 1 no longer in the documents"
    )


def test_eval_passes_over_votes_without_a_label(store, vote, build, tmp_path):
    vote("Where did the cat go?", -1, "Oslo")
    ((turn, why),) = label_votes(store.voted_turns(), build()).others
    record = vote_record(turn, why)
    assert record == {
        "vote": -1,
        "question": "Where did the cat go?",
        "asked": turn.asked,
        "why": "disliked",
        "note": "",
        "shown": "Oslo",
        "citations": [gold(TEXT[11:55])],
    }
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps(record) + '\n{"question": "a\u2028b"}\n')
    (question,) = read_questions(file)
    assert (question.question, question.answers) == ("a\u2028b", ())


def test_votes_on_the_seed_go_through_eval(tmp_path, monkeypatch, capsys, encoder):
    monkeypatch.setenv("FOOTNOTE_INDEX", str(tmp_path / "index"))

    def run(*argv):
        assert cli.main([str(word) for word in argv], chat=lambda arguments: None) == 0
        return capsys.readouterr()

    run("index", SEEDS)
    assert run("feedback") == ("", "0 liked, 0 disliked, 0 questions written\n")
    store = Conversations(tmp_path / "index")
    talk = store.new("ann").id
    for question, value in (
        ("Who hosted the Secretary General in Tokyo?", 1),
        ("How do I bake sourdough bread?", 1),
        ("Which naval base did Mr Rutte visit?", 1),
        ("When did Rutte visit Yokosuka Naval Base?", -1),
    ):
        store.vote("ann", store.add("ann", talk, question, qa.ask(question)).id, value)
    out, err = run("feedback", "--all")
    assert err == "3 liked, 1 disliked, 3 questions written\n"
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line.get("vote") for line in lines] == [None, None, None, -1]
    assert lines[3]["shown"] == "Tuesday"
    assert run("feedback").out.splitlines() == out.splitlines()[:3]
    text = next(SEEDS.glob("*.txt")).read_text()
    for line in (lines[0], lines[2]):
        (answer,) = line["answers"]
        assert answer["doc_id"] == SEED_ID
        assert text[answer["start"] : answer["end"]] == answer["text"]
    assert lines[2]["answers"][0]["text"] == "Yokosuka Naval Base"
    (tmp_path / "questions.jsonl").write_text(out)
    measures = json.loads(run("eval", tmp_path / "questions.jsonl", "--json").out)["measures"]
    assert (measures["questions"], measures["answerable"]) == (3, 2)
    assert (measures["exact match"], measures["hit@1"]) == (1, 1)
    assert (measures["wrong among shown"], measures["no-answer AUROC"]) == (0, 1)


def test_a_question_is_read_as_it_was_written(tmp_path):
    places = (GoldSpan("a", 1, 3, "bc"), GoldSpan("b", 0, 2, "bc"))
    question = Question("1", "Who?", places, True, frozenset("ab"), True, False)
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps(serialize_question(question)))
    assert read_questions(file) == [question]
