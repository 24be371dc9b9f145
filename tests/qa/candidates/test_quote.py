"""The sentences that are quoted for a candidate."""

import pytest

from index import Chunk, Document
from qa.candidates.quote import cite_candidate, cite_nearest, sentence_range
from qa.candidates.spans import Candidate
from qa.reader.decode import Reading
from qa.retrieval.query import Query
from qa.retrieval.rerank import Passage


@pytest.mark.parametrize(
    ("text", "words", "quoted"),
    [
        ("Oslo is far. No. We never ship to Oslo. Ask again.", "No", "No. We never ship to Oslo."),
        ("Oslo is far. We never ship to Oslo.", "never", "We never ship to Oslo."),
        ("We ship to Bergen. No.", "No", "No."),
        ("No.\nWe never ship to Oslo.", "No", "No."),
        ("It is so. No. We ship nothing.", "so. No", "It is so. No."),
    ],
)
def test_a_sentence_of_one_word_is_quoted_with_the_next_of_its_line(text, words, quoted):
    candidate = make_candidate(text, words)
    assert candidate.passage.document.text[slice(*sentence_range(candidate))] == quoted


def make_candidate(text, words):
    document = Document("a.txt", "a 9", "\n" + text, "", "text/plain", (), "0")
    passage = Passage(
        Chunk("a.txt", 1, 1 + len(text)), document, text, 1.0, {}, Reading(0, 0, (), 1)
    )
    start = 1 + text.index(words)
    return Candidate(passage, start, start + len(words), 0.9, 0.9)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        (
            "Tern 40 is blue. It uses 90 watts. It is new.",
            "Tern 40 is blue. It uses 90 watts.",
        ),
        (
            "It uses 90 watts. Tern 40 is blue. It is new.",
            "It uses 90 watts. Tern 40 is blue.",
        ),
        ("Tern 40 is blue. It is new. It uses 90 watts.", "Tern 40 is blue."),
        ("Tern 40 is blue.\nIt uses 90 watts.", "Tern 40 is blue."),
        ("Tern 40 uses 90 watts. Others use 90 watts too.", "Tern 40 uses 90 watts."),
        ("Tern 40 is blue. It uses 8 watts.", "Tern 40 is blue."),
    ],
)
def test_a_number_that_is_asked_for_is_quoted_with_the_answer_beside_it(text, quoted):
    query = Query.of("Which of the 9 models uses 90 watts?")
    citation = cite_candidate(query, make_candidate(text, "Tern 40"))
    assert (citation.quote, citation.words) == (quoted, "Tern 40")


def test_what_is_quoted_already_is_not_quoted_again_as_a_part(word_encoder):
    text = "Tern 40 is blue. It is new. Ask us. It is new."
    places = ("blue. It is new", "It is new", "Ask us")
    candidates = [make_candidate(text, words) for words in places]
    quoted = cite_nearest(Query.of("Is it new?"), candidates, [], word_encoder)
    assert [citation.quote for citation in quoted] == ["Tern 40 is blue. It is new.", "Ask us."]
