"""ask(): the decision, the citations, and what "not in the documents" looks like."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import index
import qa
from index.documents import canonical, extract
from qa.answer import check_citation, cite

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


def test_an_answer_is_the_sentence_with_its_exact_range(harbour, encoder):
    answer = qa.ask("Who is the harbour master?", index=harbour, encoder=encoder)
    assert answer.answered
    assert answer.text == "The harbour master is Ida Holm."
    (citation,) = answer.citations
    assert (citation.document_id, citation.start, citation.end) == ("south.md", 11, 42)
    assert citation.title == "Harbour"
    assert citation.page is None
    assert citation.quote == answer.text
    assert answer.searched_for == answer.question == "Who is the harbour master?"


def test_the_same_sentence_elsewhere_is_cited_too(harbour, encoder):
    answer = qa.ask("When was the northern pier opened?", index=harbour, encoder=encoder)
    assert answer.text == "The northern pier was opened in 1987."
    assert {citation.document_id for citation in answer.citations} == {"north.txt", "south.md"}
    assert {citation.quote for citation in answer.citations} == {answer.text}


def test_not_found_is_an_ordinary_answer_with_the_nearest_passages(harbour, encoder):
    answer = qa.ask("How do I bake sourdough bread?", index=harbour, encoder=encoder)
    assert not answer.answered
    assert answer.text == qa.NOT_FOUND
    assert answer.citations == ()
    assert sorted(citation.quote for citation in answer.near) == [
        "It is 240 metres long.",
        "The harbour master is Ida Holm.",
        "The northern pier was opened in 1987.",
    ]
    assert 0 < answer.probability < 0.2
    assert len(answer.passages) == 2


def test_the_threshold_decides(harbour, encoder):
    question = "Who is the harbour master?"
    sure = qa.ask(question, index=harbour, encoder=encoder)
    at = qa.ask(question, index=harbour, encoder=encoder, threshold=sure.probability)
    above = qa.ask(question, index=harbour, encoder=encoder, threshold=sure.probability + 1e-9)
    assert (at.answered, above.answered) == (True, False)
    assert at.probability == above.probability == sure.probability


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
    """Emoji, combining accents, CRLF, tabs, right-to-left, CJK: what is cited is there."""
    folder = tmp_path_factory.mktemp("scripts")
    file = folder / "text.txt"
    file.write_bytes(f"{text}{ends}A known cat sat.{ends}{text}".encode())
    index.build([file], index=folder / "index", encoder=word_encoder)
    expected = canonical(file.read_bytes().decode())
    answer = qa.ask("cat", index=folder / "index", encoder=word_encoder, threshold=0.0)
    assert extract(file, file.read_bytes()).text == expected
    assert answer.answered
    for citation in answer.citations:
        assert expected[citation.start : citation.end] == citation.quote != ""
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
    assert done.stdout.strip() == "{'The harbour master is Ida Holm.'}", done.stderr
