"""Each document is asked on its own: order, places, documents removed meanwhile, bad input."""

import threading

import pytest
from contracts import CONTRACTS, TENANTS
from makings import write_files

import index
import qa
from index import Cancelled, IndexNotFound, InvalidArgument, NoMatch
from qa.each import MAX_QUESTIONS, REMOVED
from qa.rendering.serialize import answer_from_record

TENANT, RENT = "Who is the tenant?", "What is the monthly rent?"
NAMES = sorted(CONTRACTS)


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    return _build(tmp_path_factory.mktemp("each"), CONTRACTS, encoder)


def _build(folder, files, encoder):
    sources = write_files(folder / "sources", files)
    index.build([sources], index=folder / "index", encoder=encoder)
    return folder / "index"


def test_each_document_gives_one_answer_from_its_own_words(folder):
    answers = list(qa.ask_each(RENT, index=folder))
    assert [answer.document.document_id for answer in answers] == NAMES
    assert [answer.document.date for answer in answers] == ["2019-03-01", *[""] * 9]
    assert answers[1].document.title == "Lease of the Old Mill"
    for answer in answers:
        cited = {c.document_id for c in (*answer.citations, *answer.near)}
        assert cited <= {answer.document.document_id}
    for answer in answers[:7]:
        assert "rent is" in answer.citations[0].quote
    assert answers[7].outcome != "answer"  # A lease in which no rent is named.
    assert [answer.outcome for answer in answers[8:]] == ["none"] * 2


def test_it_is_what_ask_says_of_that_document_alone(folder):
    for answer in qa.ask_each(TENANT, index=folder, where={"document": "leases/0[123]*"}):
        alone = qa.ask(TENANT, index=folder, where={"id": answer.document.document_id})
        assert (answer.text, answer.outcome) == (alone.text, alone.outcome)
        assert answer.probability == pytest.approx(alone.probability, abs=1e-4)
        assert answer.citations == alone.citations
        assert alone.document is None


def test_of_several_questions_all_are_put_to_a_document_before_the_next(folder):
    where = {"document": ["leases/02-mill.md", "leases/01-quay.md"]}
    answers = list(qa.ask_each([TENANT, RENT, TENANT], index=folder, where=where))
    asked = [(answer.document.document_id, answer.question) for answer in answers]
    assert asked == [(name, question) for name in NAMES[:2] for question in (TENANT, RENT)]


def test_the_words_that_answer_are_found_below_a_lower_threshold(folder):
    answers = list(qa.ask_each(TENANT, index=folder, threshold=0.1))
    found = [answer.text for answer in answers if answer.outcome == "answer"]
    assert set(TENANTS) & set(found) == set(found)
    assert len(found) >= 6


def test_a_request_for_a_summary_is_answered_for_each(folder):
    answers = list(qa.ask_each("What is this document about?", index=folder))
    assert {answer.outcome for answer in answers} == {"collection"}
    assert [answer.citations[0].document_id for answer in answers] == NAMES


def test_documents_with_the_same_text_each_cite_themselves(tmp_path, encoder):
    same = CONTRACTS["leases/02-mill.md"]
    folder = _build(tmp_path, {"a.md": same, "b.md": same}, encoder)
    answers = list(qa.ask_each(RENT, index=folder))
    assert [answer.citations[0].document_id for answer in answers] == ["a.md", "b.md"]


def test_a_document_removed_meanwhile_says_so(tmp_path, encoder):
    folder = _build(tmp_path, CONTRACTS, encoder)
    answers = qa.ask_each(TENANT, index=folder)
    first = next(answers)
    index.remove(["leases/09-garden.md", "leases/10-recipe.md"], index=folder, prune=True)
    rest = list(answers)
    assert [answer.document.document_id for answer in (first, *rest)] == NAMES
    assert [answer.text == REMOVED for answer in rest] == [False] * 7 + [True] * 2
    assert (rest[-1].outcome, rest[-1].answerable) == ("none", 0.0)


def test_progress_is_reported_and_can_stop_it(folder):
    reports = []

    def report(*progress):
        reports.append(progress)
        if progress[1] == 3:
            raise Cancelled

    answers = qa.ask_each(TENANT, index=folder, progress=report)
    assert reports == [("asking", 0, 10)]
    with pytest.raises(Cancelled):
        list(answers)
    assert reports == [("asking", done, 10) for done in range(4)]
    assert not [one for one in threading.enumerate() if one.name.startswith("each")]


def test_closing_it_leaves_nothing_running(folder):
    answers = qa.ask_each(TENANT, index=folder)
    next(answers)
    assert [one for one in threading.enumerate() if one.name.startswith("each")]
    answers.close()
    assert not [one for one in threading.enumerate() if one.name.startswith("each")]


@pytest.mark.parametrize(
    ("question", "more", "error", "says"),
    [
        ("", {}, InvalidArgument, "The question is empty"),
        ([], {}, InvalidArgument, "There is no question"),
        ([TENANT, " ?"], {}, InvalidArgument, "The question is empty"),
        ([TENANT, 5], {}, InvalidArgument, "not a string"),
        ({"a": 1}, {}, InvalidArgument, "not a list"),
        ([f"Who is {n}?" for n in range(MAX_QUESTIONS + 1)], {}, InvalidArgument, "at most 20"),
        (TENANT, {"where": {"folder": "none"}}, NoMatch, "None of the 10 documents has folder"),
        (TENANT, {"where": {"size": 1}}, InvalidArgument, "not a condition"),
        (TENANT, {"threshold": 2}, InvalidArgument, "threshold is 2"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_read(
    folder, question, more, error, says
):
    with pytest.raises(error, match=says):
        qa.ask_each(question, index=folder, **more)


def test_without_documents_there_is_nobody_to_ask(tmp_path, encoder):
    with pytest.raises(IndexNotFound, match="There is no index"):
        qa.ask_each(TENANT, index=tmp_path)
    folder = _build(tmp_path, {"a.md": CONTRACTS["leases/02-mill.md"]}, encoder)
    index.remove(["a.md"], index=folder)
    with pytest.raises(NoMatch, match="holds no documents to ask"):
        qa.ask_each(TENANT, index=folder)


def test_the_document_is_kept_in_a_record(folder):
    answer = next(qa.ask_each(RENT, index=folder))
    record = answer.to_dict()
    assert record["document"] == {
        "document_id": "leases/01-quay.md", "title": "Lease of Quay 4", "date": "2019-03-01",
    }  # fmt: skip
    assert answer_from_record(record).document == answer.document
    assert "document" not in qa.ask(RENT, index=folder).to_dict()
