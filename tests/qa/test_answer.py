"""ask(): the decision, the citations, and answers that are not in the documents."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makings import word_reader, write_files

import index
import qa
from index.extract.document import extract
from index.text.canonical import canonicalize
from qa.answer import Answer, decide
from qa.candidates.spans import Candidates
from qa.citation import check_citation, cite
from qa.pipeline import gather
from qa.several import join_answers

FACTS = {
    "north.txt": "The northern pier was opened in 1987. It is 240 metres long.",
    "south.md": (
        "# Harbour\n\nThe harbour master is Ida Holm.\n\nThe northern pier was opened in 1987."
    ),
}


@pytest.fixture(scope="module")
def harbour(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("harbour")
    for name, text in FACTS.items():
        (folder / name).write_text(text)
    index.build([folder], index=folder / ".footnote", encoder=encoder)
    return index.open_index(folder / ".footnote")


READER = word_reader({"ida": 5.0, "1987": 5.0, "240": 5.0}, {"holm": 5.0, "1987": 5.0, "long": 5.0})


def ask(question, index, **options):
    return qa.ask(question, index=index, **{"reader": READER, "threshold": 0.0, **options})


def test_an_answer_is_the_words_and_their_sentence_with_exact_ranges(harbour, encoder):
    answer = ask("Who is the harbour master?", harbour, encoder=encoder)
    assert answer.answered
    assert answer.text == "Ida Holm"
    (citation,) = answer.citations
    assert citation.quote == "The harbour master is Ida Holm."
    assert (citation.document_id, citation.start, citation.end) == ("south.md", 11, 42)
    assert (citation.answer_start, citation.answer_end) == (33, 41)
    assert citation.words == answer.text
    assert citation.title == "Harbour"
    assert citation.page is None
    assert answer.searched_for == answer.question == "Who is the harbour master?"


def test_the_same_words_elsewhere_are_cited_too(harbour, encoder):
    answer = ask("When was the northern pier opened?", harbour, encoder=encoder)
    assert answer.text == "1987"
    assert [citation.document_id for citation in answer.citations] == ["north.txt", "south.md"]
    assert {citation.quote for citation in answer.citations} == {
        "The northern pier was opened in 1987."
    }
    assert answer.conflicting == ()


def test_a_reason_is_a_whole_sentence(harbour, encoder):
    answer = ask("Why was the northern pier opened?", harbour, encoder=encoder)
    assert answer.text == "The northern pier was opened in 1987."


def test_passages_that_contradict_each_other_are_shown_as_such(tmp_path, encoder):
    files = {"a.txt": "The pier was opened in 1987.", "b.txt": "The pier was opened in 1988."}
    index.build([write_files(tmp_path / "docs", files)], index=tmp_path / "i", encoder=encoder)
    reader = word_reader({"1987": 5.0, "1988": 5.0}, {"1987": 5.0, "1988": 5.0})
    answer = ask("When was the pier opened?", tmp_path / "i", encoder=encoder, reader=reader)
    assert {answer.text} | {citation.words for citation in answer.conflicting} == {"1987", "1988"}
    assert len(answer.citations) == len(answer.conflicting) == 1
    assert answer.citations[0].document_id != answer.conflicting[0].document_id


def asked_of_two(question, one, other, tmp_path, encoder):
    """Return the answer and the contradicting answers from two documents of one line."""
    folder = write_files(tmp_path / "docs", {"a.txt": one, "b.txt": other})
    index.build([folder], index=tmp_path / "i", encoder=encoder)
    answer = qa.ask(question, index=tmp_path / "i", encoder=encoder, threshold=0.3)
    return answer.text, [citation.words for citation in answer.conflicting]


@pytest.mark.parametrize(
    "question",
    [
        "How much is the budget of the festival?",
        "What is the budget of the festival?",
        "How large is the festival's budget?",
    ],
)
def test_numbers_of_one_unit_contradict_each_other(question, tmp_path, encoder):
    budgets = [f"The budget of the festival is {amount} euros." for amount in ("40,000", "65,000")]
    text, others = asked_of_two(question, *budgets, tmp_path, encoder)
    assert {text, *others} == {"40,000 euros", "65,000 euros"}
    assert len(others) == 1


def test_the_same_number_otherwise_written_is_no_contradiction(tmp_path, encoder):
    fees = [f"The Aurora pays {number} crowns a day." for number in ("40", "forty")]
    question = "How many crowns does the Aurora pay a day?"
    text, others = asked_of_two(question, *fees, tmp_path, encoder)
    assert text.split()[0] in ("40", "forty")
    assert others == []


def test_statements_about_something_else_do_not_contradict(tmp_path, encoder):
    lines = {"a.txt": "The Aurora pays 40 crowns.", "b.txt": "The Borealis pays 30 crowns."}
    index.build([write_files(tmp_path / "docs", lines)], index=tmp_path / "i", encoder=encoder)
    options = {
        "encoder": encoder,
        "reader": word_reader({"40": 5.0, "30": 5.0}, {"crowns": 5.0}),
        "threshold": 0.0,
    }
    answer = qa.ask("How much does the Aurora pay?", index=tmp_path / "i", **options)
    assert (answer.text, answer.conflicting) == ("40 crowns", ())
    both = qa.ask("How much is to be paid?", index=tmp_path / "i", **options)
    assert len(both.conflicting) == 1


def test_several_things_are_asked_for_and_named_in_order(tmp_path, encoder):
    text = "Ida Holm met the minister. It rained in Oslo. The mayor Berg met the king."
    index.build(
        [write_files(tmp_path / "docs", {"a.txt": text})], index=tmp_path / "i", encoder=encoder
    )
    reader = word_reader({"ida": 5.0, "berg": 5.0}, {"holm": 5.0, "berg": 5.0})
    options = {"encoder": encoder, "reader": reader}
    answer = ask("Which persons have met someone?", tmp_path / "i", **options)
    assert answer.text == "Ida Holm; Berg"
    assert [c.quote for c in answer.citations] == [
        "Ida Holm met the minister.",
        "The mayor Berg met the king.",
    ]
    single = ask("Which person met the minister?", tmp_path / "i", **options)
    assert "; " not in single.text


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("Which rules were changed?", "The rules changed with the crane rota.", "crane"),
        ("Tell me which papers are due", "Bring a crane and rules.", "Bring a crane and rules."),
    ],
)
def test_a_list_holds_no_words_of_the_question_and_no_sentence_twice(
    question, text, answer, tmp_path, encoder
):
    folder = write_files(tmp_path / "docs", {"a.txt": text})
    index.build([folder], index=tmp_path / "i", encoder=encoder)
    reader = word_reader({"crane": 5.0, "rules": 5.0}, {"crane": 5.0, "rules": 5.0})
    assert ask(question, tmp_path / "i", encoder=encoder, reader=reader).text == answer


def test_two_questions_in_one_are_answered_one_after_the_other(harbour, encoder):
    question = "Who is the harbour master and when was the northern pier opened?"
    answer = ask(question, harbour, encoder=encoder)
    assert (answer.question, answer.text, answer.outcome) == (question, "Ida Holm; 1987", "answer")
    quotes = [citation.quote for citation in answer.citations]
    assert quotes[:2] == [
        "The harbour master is Ida Holm.",
        "The northern pier was opened in 1987.",
    ]
    alone = [
        ask(part, harbour, encoder=encoder).probability
        for part in ("Who is the harbour master?", "when was the northern pier opened?")
    ]
    assert answer.probability <= max(alone)


def test_a_part_without_an_answer_says_so_and_an_unsure_one_makes_all_unsure(harbour, encoder):
    sure, unsure = (
        ask("Who is the harbour master?", harbour, encoder=encoder, threshold=threshold)
        for threshold in (0.0, 1.0)
    )
    none = replace(unsure, outcome="none", text=qa.NOT_FOUND, citations=())
    passages = replace(sure, outcome="passages", text=sure.citations[0].quote, probability=0.2)
    joined = join_answers("?", [sure, none])
    assert (joined.outcome, joined.text) == ("answer", "Ida Holm; Not in the documents")
    assert joined.probability == sure.probability
    joined = join_answers("?", [sure, passages])
    assert (joined.outcome, joined.text) == ("passages", "The harbour master is Ida Holm.")
    assert joined.probability == 0.2
    assert join_answers("?", [none, none]).text == qa.NOT_FOUND
    noted = replace(sure, note="Not computed.")
    assert join_answers("?", [sure, noted, noted]).note == "Not computed."


def test_not_found_is_an_ordinary_answer_with_the_nearest_passages(harbour, encoder):
    answer = qa.ask("How do I bake sourdough bread?", index=harbour, encoder=encoder)
    assert not answer.answered
    assert answer.text == qa.NOT_FOUND
    assert answer.citations == ()
    assert answer.near
    for citation in answer.near:
        text = harbour.document_by_id(citation.document_id).text
        assert text[citation.start : citation.end] == citation.quote
    assert 0 < answer.probability < 0.2
    assert len(answer.passages) == 2


def test_a_heading_is_not_among_the_nearest_sentences(harbour, encoder):
    reader = word_reader({"harbour": 9.0}, {"harbour": 9.0})
    answer = ask("Harbour?", harbour, encoder=encoder, reader=reader, threshold=1.0)
    assert answer.outcome != "answer"
    quotes = [citation.quote for citation in (*answer.near, *answer.citations)]
    assert quotes
    assert "# Harbour" not in quotes


def test_the_threshold_decides(harbour, encoder):
    question = "Who is the harbour master?"
    sure = ask(question, harbour, encoder=encoder)
    at = ask(question, harbour, encoder=encoder, threshold=sure.probability)
    above = ask(question, harbour, encoder=encoder, threshold=sure.probability + 1e-9)
    assert (at.answered, above.answered) == (True, False)
    assert at.probability == above.probability == sure.probability


@pytest.mark.parametrize(
    ("threshold", "answerable", "outcome"),
    [(0.0, 0.0, "answer"), (1.0, 0.99, "passages"), (1.0, 0.01, "none")],
)
def test_two_probabilities_decide_between_three_outcomes(
    harbour, encoder, threshold, answerable, outcome
):
    evidence = gather("Who is the harbour master?", harbour, reader=READER)
    found = replace(evidence.found, answerable=answerable)
    answer = decide(replace(evidence, found=found), encoder, threshold)
    assert (answer.outcome, answer.answerable) == (outcome, answerable)
    assert answer.answered == (outcome == "answer")
    assert bool(answer.citations) == (outcome != "none")
    assert bool(answer.near) == (outcome == "none")
    assert (answer.text == qa.NOT_FOUND) == (outcome == "none")


def test_sentences_that_probably_answer_are_quoted_and_cited_whole(harbour, encoder):
    evidence = gather("Who is the harbour master?", harbour, reader=READER)
    found = replace(evidence.found, answerable=0.9)
    answer = decide(replace(evidence, found=found), encoder, 1.0)
    assert answer.text == "\n".join(citation.quote for citation in answer.citations)
    assert answer.citations[0].quote == "The harbour master is Ida Holm."
    assert len(answer.citations) <= 3
    for citation in answer.citations:
        text = harbour.document_by_id(citation.document_id).text
        assert text[citation.start : citation.end] == citation.quote == citation.words


def test_where_nothing_can_be_quoted_there_is_no_answer(harbour, encoder):
    evidence = gather("Who is the harbour master?", harbour, reader=READER)
    nothing = replace(evidence, found=Candidates([], answerable=0.9), passages=())
    answer = decide(nothing, encoder, 0.0)
    assert (answer.outcome, answer.text, answer.near) == ("none", qa.NOT_FOUND, ())


def test_a_citation_that_does_not_quote_is_never_shown(harbour):
    document = harbour.document_by_id("south.md")
    citation = cite(document, 11, 42)
    check_citation(citation, document)
    for wrong in (
        replace(citation, quote="The harbour master is Ida Holt."),
        replace(citation, start=12),
        replace(citation, end=10_000),
        replace(citation, start=-1),
        replace(citation, start=42, quote=""),
        replace(citation, answer_end=43),
        replace(citation, answer_start=10),
        replace(citation, answer_start=42),
    ):
        with pytest.raises(index.IndexDamaged, match="does not quote the document"):
            check_citation(wrong, document)


SCRIPTS = st.text(
    alphabet=st.sampled_from(
        "abc XYZ.?!\t\n\r\u0301\u0308éüñ😀👩🏽‍🚀🇩🇪שלום مرحبا 你好。東京は、ですか？ 1234%—“”'’-#|*"
    ),
    min_size=1,
    max_size=300,
)


@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(text=SCRIPTS, ends=st.sampled_from(["\n", "\r\n", "\r"]))
def test_every_citation_slices_exactly_in_any_script(text, ends, tmp_path_factory, word_encoder):
    """Citations are exact with emoji, combining accents, CRLF, tabs, right-to-left text and CJK."""
    folder = tmp_path_factory.mktemp("scripts")
    file = folder / "text.txt"
    file.write_bytes(f"{text}{ends}A known cat sat.{ends}{text}".encode())
    index.build([file], index=folder / "index", encoder=word_encoder)
    expected = canonicalize(file.read_bytes().decode())
    reader = word_reader({"cat": 5.0}, {"sat": 5.0, "。": 5.0})
    answer = qa.ask(
        "cat", index=folder / "index", encoder=word_encoder, threshold=0.0, reader=reader
    )
    assert extract(file, file.read_bytes()).text == expected
    assert answer.answered
    for citation in answer.citations:
        assert expected[citation.start : citation.end] == citation.quote != ""
        assert expected[citation.answer_start : citation.answer_end] == citation.words != ""
    for passage in answer.passages:
        assert passage.document.text == expected
        assert expected[passage.chunk.start : passage.chunk.end] == passage.text


def test_many_threads_may_ask_at_once_in_a_fresh_process(tmp_path):
    """Loading a model changes settings that all threads share, so it happens once."""
    (tmp_path / "a.txt").write_text("The harbour master is Ida Holm.")
    index.build([tmp_path / "a.txt"], index=tmp_path / "index")
    code = (
        "import sys, qa\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "ask = lambda i: qa.ask('Who is the harbour master?', index=sys.argv[1]).text\n"
        "print(set(ThreadPoolExecutor(8).map(ask, range(8))))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "index")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "{'Ida Holm'}", done.stderr


def test_only_an_answer_is_true():
    said = {outcome: Answer.in_own_words("Who?", "", outcome) for outcome in ("none", "passages")}
    assert not any(said.values())
    assert Answer.in_own_words("Who?", "Ida", "answer", likely=0.9)
    assert Answer.in_own_words("List all", "2 documents", "collection", likely=1.0)
    assert not Answer.in_own_words("hello", "Ask me something", "collection")
