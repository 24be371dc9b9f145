"""An answer about the collection, as each place shows it."""

import html
import json
import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

import qa
from qa.chat.html.answer import answer_html
from qa.chat.observe.events import EventLog
from qa.cli.printing import answer_with_passages, print_answer
from qa.evaluation.evaluate import compute_metrics, evaluate
from qa.evaluation.labels import Question
from qa.history.conversations import Conversations
from qa.history.export import conversation_markdown, turn_text
from qa.history.feedback import ABOUT_COLLECTION, label_votes
from qa.history.records import Conversation, Turn
from qa.rendering.serialize import answer_from_record


@pytest.fixture(scope="module")
def overview(house):
    return qa.ask("What are these documents about?", index=house)


@pytest.fixture
def turn(overview):
    record = overview.to_dict() | {"threshold": 0.5}
    at = "2026-03-01T09:30:12.000001+00:00"
    return Turn("t", "c", overview.question, at, record, searched_in=(), vote=1, note="")


def test_the_terminal_shows_the_list_and_the_sources(overview, capsys):
    print_answer(overview)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "6 documents (5 md, 1 txt), 1 of them dated 2024-01-15:"
    assert lines[1] == "  faq.md: Questions and answers; Refunds, Opening hours"
    assert lines[7].startswith("  [1] ")
    assert re.fullmatch(r" {6}[^,]+(, [\d-]{10})?, characters \d+-\d+", lines[8])
    assert len(lines) == 1 + 6 + 2 * len(overview.citations)


def test_an_answer_is_the_same_after_it_was_stored(overview):
    record = json.loads(json.dumps(overview.to_dict()))
    assert record["documents"][0] == {
        "document_id": "faq.md",
        "title": "Questions and answers",
        "about": "Refunds, Opening hours",
    }
    again = answer_from_record(record)
    assert (again.outcome, again.text, again.documents) == (
        "collection",
        overview.text,
        overview.documents,
    )
    assert [c.uri for c in again.citations] == [c.uri for c in overview.citations]
    assert answer_with_passages(overview)["passages"] == []


def test_an_ordinary_answer_lists_no_documents(house):
    answer = qa.ask("Who keeps a diary?", index=house)
    assert "documents" not in answer.to_dict()


def test_the_chat_links_each_document_and_numbers_the_quotations(overview):
    page = answer_html("t1", overview)
    assert page.startswith('<div class="answer collection">')
    assert page.count("<li>") == 6
    assert '<a href="#cite=minutes%2Fminutes.txt:0:0">' in page
    assert page.count("<blockquote>") == len(overview.citations)
    assert f">{len(overview.citations)}</a>" in page
    assert "likely" not in page
    assert "6 documents (5 md, 1 txt)" in html.unescape(page)
    assert "\n" not in page
    greeting = answer_html("t1", qa.Answer(*_fields("hello", "Hello.")))
    assert "<ul" not in greeting
    assert "<blockquote>" not in greeting


def _fields(question, text):
    return (question, question, text, (), (), 1.0, 1.0, "collection", (), ())


def test_names_of_documents_are_no_markup():
    listed = qa.answer.ListedDocument("<b>.md", "<img src=x>", "[x](y)")
    answer = qa.Answer(*_fields("List", "1 document:"), documents=(listed,))
    page = answer_html("", answer)
    assert "<img" not in page
    assert "<b>" not in page
    assert "[x]" not in page


def test_an_export_holds_the_list_and_the_sources(overview, turn):
    text = turn_text(turn)
    assert text.startswith("6 documents (5 md, 1 txt), 1 of them dated 2024-01-15:\n\n- faq.md")
    assert "likely" not in text
    assert overview.citations[0].uri in text
    talk = Conversation("c", "About", "2026-03-01T09:00:00+00:00", "2026-03-02")
    assert "- faq.md: Questions and answers" in conversation_markdown(talk, [turn])


def test_a_vote_on_it_labels_nothing(turn, house):
    feedback = label_votes([turn], house)
    assert feedback.questions == []
    assert feedback.others == [(turn, ABOUT_COLLECTION)]


def test_it_is_counted_as_an_outcome_of_its_own(tmp_path, overview):
    log = EventLog(tmp_path)
    with log.track_question("What are these documents about?") as tracked:
        tracked.answer = overview
    families = text_string_to_metric_families(log.metrics.render().decode())
    counted = {
        sample.labels["outcome"]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == "footnote_questions_total"
    }
    assert counted["collection"] == 1
    assert sum(counted.values()) == 1


def test_it_is_kept_in_a_conversation(tmp_path, overview):
    store = Conversations(tmp_path)
    conversation = store.new("me")
    store.add("me", conversation.id, overview.question, overview, (), threshold=0.5)
    (kept,) = store.turns("me", conversation.id)
    assert answer_from_record(kept.answer).documents == overview.documents


def test_an_evaluation_counts_it_as_missed(house):
    asked = "List all documents"
    question = Question("q", asked, (), True, frozenset({"faq.md"}), False, False)
    (judged,) = evaluate([question], index=house, reader=qa.NONE)
    assert judged.outcome == "collection"
    assert compute_metrics([judged])["missed"] == 1.0
