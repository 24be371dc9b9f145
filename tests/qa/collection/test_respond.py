"""What is answered about a collection: counts, names, headings, and sentences that are cited."""

import time
from dataclasses import replace

import pytest
from makings import write_files

import index
import qa
from index.errors import NoMatch
from qa.collection.respond import (
    MAX_LISTED,
    MAX_OVERVIEW,
    answer_about_collection,
    suggest_requests,
)
from qa.collection.summary import MAX_EMBEDDED, MAX_SENTENCES, summarise

ALL = ["faq.md", "handbook.md", "minutes/minutes.txt", "rental-agreement.md"]
ALL += ["ships/fram.md", "ships/pilot.md"]


@pytest.fixture
def build(tmp_path, encoder):
    def run(files):
        write_files(tmp_path / "files", files)
        index.build([tmp_path / "files"], index=tmp_path / "index", encoder=encoder)
        return index.open_index(tmp_path / "index", encoder=encoder)

    return run


def said(answer):
    return answer.text.partition("\n")[0]


def check_quotations(answer, opened):
    assert answer.text.endswith("\n".join(c.quote for c in answer.citations))
    for citation in answer.citations:
        text = opened.document_by_id(citation.document_id).text
        assert text[citation.start : citation.end] == citation.quote
        assert qa.check(citation.uri, index=opened).status == "valid"


def test_an_overview_counts_lists_and_quotes(house):
    answer = qa.ask("What are these documents about?", index=house)
    assert (answer.outcome, answer.answered, answer.probability) == ("collection", True, 1.0)
    assert said(answer) == "6 documents (5 md, 1 txt), 1 of them dated 2024-01-15:"
    assert [document.document_id for document in answer.documents] == ALL
    assert answer.text.splitlines()[1] == "- faq.md: Questions and answers; Refunds, Opening hours"
    assert "2024-01-15; Vacation, Remote work, Leaving" in answer.documents[1].about
    assert 4 <= len(answer.citations) <= MAX_SENTENCES
    assert len({citation.document_id for citation in answer.citations}) >= 4
    check_quotations(answer, house)


def test_a_list_and_a_count_are_those_of_the_catalogue(house):
    answer = qa.ask("List all documents", index=house)
    assert [document.document_id for document in answer.documents] == ALL
    assert answer.documents[0].about == "1 kB"
    assert not answer.citations
    answer = qa.ask("How many files do you have?", index=house)
    assert answer.text == "6 documents (5 md, 1 txt), 1 of them dated 2024-01-15."


def test_a_summary_quotes_whole_sentences_of_the_document_in_order(house):
    answer = qa.ask("Summarize handbook.md", index=house)
    assert said(answer) == "A summary of handbook.md in its own sentences:"
    assert [document.document_id for document in answer.documents] == ["handbook.md"]
    starts = [citation.start for citation in answer.citations]
    assert len(starts) >= 2
    assert starts == sorted(starts)
    assert {citation.document_id for citation in answer.citations} == {"handbook.md"}
    for citation in answer.citations:
        assert citation.quote.endswith(".")
        assert not citation.quote.startswith(("#", "---"))
    check_quotations(answer, house)


def test_a_summary_leaves_out_repeats_headings_questions_and_table_rows(build):
    text = (
        "# Ferry\n\nWhat does a ticket cost?\n\nThe ferry leaves the harbour at nine every day.\n"
    )
    text += "\n| Day | Time |\n| --- | --- |\n| Monday | nine o'clock in the morning |\n\n"
    text += "A ticket for the ferry costs twelve euros.\n\n" * 5
    opened = build({"ferry.md": text})
    quotes = [citation.quote for citation in summarise(opened, [0])]
    assert quotes == [
        "The ferry leaves the harbour at nine every day.",
        "A ticket for the ferry costs twelve euros.",
    ]


def test_documents_that_mention_a_term_are_cited_once_each(house):
    answer = qa.ask("Which files mention the landlord?", index=house)
    assert said(answer) == "1 document mentions “landlord”:"
    assert [citation.words for citation in answer.citations] == ["landlord"]
    answer = qa.ask("Which documents mention the harbour?", index=house)
    assert said(answer) == "2 documents mention “harbour”:"
    assert {c.document_id for c in answer.citations} == {"ships/fram.md", "ships/pilot.md"}
    assert all(citation.words == "harbour" for citation in answer.citations)
    check_quotations(answer, house)
    assert qa.ask("Which files mention pirates?", index=house).text == (
        "No document mentions “pirates”."
    )


def test_all_words_of_a_term_have_to_stand_in_a_passage(house):
    answer = qa.ask("Which documents mention polar landlords?", index=house)
    assert answer.text == "No document mentions “polar landlords”."


@pytest.mark.parametrize("greeting", ["hello", "What can you do?", "thanks"])
def test_a_greeting_is_answered_with_two_requests(house, greeting):
    answer = qa.ask(greeting, index=house)
    assert "“What are these documents about?” or “List all documents”" in answer.text
    assert not answer.citations
    assert not answer.documents
    assert (answer.outcome, answer.answered) == ("collection", False)


def test_only_the_selected_documents_are_listed_and_searched(house):
    answer = qa.ask("List all documents", index=house, where={"folder": "ships"})
    assert [document.document_id for document in answer.documents] == ALL[4:]
    answer = qa.ask("Which files mention the landlord?", index=house, where={"folder": "ships"})
    assert said(answer) == "No document mentions “landlord”."
    only = qa.ask("What are these documents about?", index=house, where={"id": "faq.md"})
    assert said(only) == "A summary of faq.md in its own sentences:"
    with pytest.raises(NoMatch):
        qa.ask("List all documents", index=house, where={"id": "none.md"})
    # A document that is named, but not selected, is no reason to answer about others.
    asked = qa.ask("Summarize faq.md", index=house, where={"folder": "ships"}, reader=qa.NONE)
    assert asked.outcome != "collection"


def test_an_ordinary_question_after_an_overview_stands_alone(house):
    overview = qa.ask("What are these documents about?", index=house)
    question = "How many days of vacation are there?"
    answer = qa.ask(question, index=house, history=[overview])
    assert answer.searched_for == question
    assert answer.outcome in ("answer", "passages")


def test_of_an_index_without_documents_it_is_said_that_there_are_none(house, monkeypatch):
    monkeypatch.setattr(house, "manifest", replace(house.manifest, documents=()))
    for question in ("List all documents", "What is this about?", "How many files do you have?"):
        assert answer_about_collection(question, house).text.startswith("There are no documents")
    assert suggest_requests(house) == []


def test_a_document_without_sentences_is_summarised_by_what_it_holds(build):
    opened = build({"a.csv": "name,price\nmug,3\ncup,2\n", "b.md": "# Only a heading\n"})
    cited = answer_about_collection("Summarize a.csv", opened).citations
    assert cited
    assert answer_about_collection("Summarize b.md", opened).text.startswith(
        "b.md holds no sentences that could be quoted."
    )


def test_a_long_list_is_cut_and_its_count_is_true(house, monkeypatch):
    entry = house.manifest.documents[0]
    documents = tuple(
        replace(entry, id=f"notes/{number:05}.md", title=f"Note {number}")
        for number in range(10_000)
    )
    text = house.document_by_id(entry.id)
    monkeypatch.setattr(house, "manifest", replace(house.manifest, documents=documents))
    monkeypatch.setattr(house, "document_by_number", lambda number: text)
    start = time.perf_counter()
    answer = answer_about_collection("List all documents", house)
    overview = answer_about_collection("What are these documents about?", house)
    assert time.perf_counter() - start < 10  # It takes half a second on two idle cores.
    assert said(answer).startswith("10,000 documents (10,000 md)")
    assert said(answer).endswith(f", of which the first {MAX_LISTED} are shown:")
    assert len(answer.documents) == MAX_LISTED
    assert len(overview.documents) == MAX_OVERVIEW


def test_a_summary_of_a_long_document_embeds_a_few_sentences(build, encoder, monkeypatch):
    topics = (
        "The crew of the ship saw whales near the island on day {}.",
        "A baker in the old town sold {} loaves of rye bread.",
        "Rain fell over the northern mountains for {} hours.",
        "The museum was given {} paintings by its founder.",
        "Children of the village choir sang {} songs in spring.",
        "A plumber found leak number {} in the cellar of the school.",
    )
    lines = [topic.format(number) for topic in topics for number in range(700)]
    story = "\n\n".join(lines)
    opened = build({"log.txt": story})
    assert len(opened.chunks) > 200
    embedded = []
    real = encoder.embed_sentences
    monkeypatch.setattr(encoder, "embed_sentences", lambda s: embedded.extend(s) or real(s))
    cited = summarise(opened, [0])
    assert len(embedded) <= MAX_EMBEDDED + MAX_SENTENCES
    assert len(cited) <= MAX_SENTENCES
    found = {lines.index(citation.quote) // 700 for citation in cited}
    assert len(found) >= 4  # They are spread over the whole of it.


def test_the_requests_that_are_offered_are_understood(house):
    requests = suggest_requests(house)
    assert requests[:2] == ["What are these documents about?", "List all documents"]
    assert requests[2] == "Summarize handbook.md"  # The only one that is dated.
    assert all(qa.ask(request, index=house).outcome == "collection" for request in requests)


@pytest.mark.parametrize(
    ("words", "quote"),
    [
        ("refunds", "Refunds are paid within ten days."),
        ("Ida Holm", "The chairman\nthanked Ida Holm for the list of members."),
        ("probation period", "The probation period is four months."),
    ],
)
def test_words_that_ask_nothing_are_looked_for(words, quote, house):
    answer = qa.ask(words, index=house)
    assert answer.outcome == "collection"
    assert answer.citations[0].quote == quote
    check_quotations(answer, house)


@pytest.mark.parametrize("words", ["E4021", "E-4021", "email", "2100"])
def test_codes_and_numbers_are_found_however_they_are_joined(words, build):
    opened = build({"a.md": "Error E-4021 is sent by e-mail to 2,100 people.", "b.md": "E-4012."})
    (citation,) = answer_about_collection(words, opened).citations
    assert citation.document_id == "a.md"


def test_words_alone_are_an_ordinary_question_where_no_document_holds_them_all(house):
    assert answer_about_collection("polar probation", house) is None
    assert answer_about_collection("polar bears", house) is not None


def test_words_alone_within_a_conversation_go_on_with_it(house):
    assert answer_about_collection("polar bears", house, in_conversation=True) is None
    about = answer_about_collection("List all documents", house, in_conversation=True)
    assert about.outcome == "collection"


def test_documents_are_listed_by_kind_and_year_and_newest_first(house):
    ships = qa.ask("Show me all ships", index=house)
    assert [one.document_id for one in ships.documents] == ["ships/fram.md", "ships/pilot.md"]
    assert ships.text.startswith("2 documents (2 md):")
    newest = qa.ask("What is the newest document?", index=house)
    said = "By their dates, the newest of 1 document (5 others without a date):"
    assert newest.text.startswith(said)
    assert [one.document_id for one in newest.documents] == ["handbook.md"]


def test_the_oldest_come_first_where_they_are_asked_for(build):
    files = {f"note {year}.md": f"Date: 3 May {year}\n\nAll is well." for year in (2021, 2019)}
    house = build(files)
    for asked, years in (("oldest", (2019, 2021)), ("newest", (2021, 2019))):
        answer = qa.ask(f"What is the {asked} document?", index=house)
        assert answer.text.startswith(f"By their dates, the {asked} of 2 documents:")
        assert [one.document_id for one in answer.documents] == [f"note {y}.md" for y in years]


def test_without_dates_none_is_the_newest(build):
    answer = qa.ask("What is the newest document?", index=build({"a.md": "One.", "b.md": "Two."}))
    assert (answer.text, answer.documents) == ("No document has a date.", ())


def test_what_a_document_does_with_a_term_is_no_part_of_it(house):
    answer = qa.ask("In which documents does Ida Holm appear?", index=house)
    assert answer.text.startswith("1 document mentions “Ida Holm”:")


def test_the_words_that_are_marked_are_no_part_of_others(build):
    opened = build({"a.md": "He said that AI is useful.", "b.md": "All deposits are paid back."})
    for term, words in (("AI", "AI"), ("deposit", "deposit")):
        answer = qa.ask(f"Which documents mention {term}?", index=opened)
        assert [citation.words for citation in answer.citations] == [words]
