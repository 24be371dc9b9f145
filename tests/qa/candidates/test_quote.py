"""The sentences that are quoted for a candidate."""

import pytest

from index import Chunk, Document
from qa.candidates.quote import sentence_range
from qa.candidates.spans import Candidate
from qa.reader.decode import Reading
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
    document = Document("a.txt", "a", "\n" + text, "", "text/plain", (), "0")
    passage = Passage(
        Chunk("a.txt", 1, 1 + len(text)), document, text, 1.0, {}, Reading(0, 0, (), 1)
    )
    start = 1 + text.index(words)
    found = sentence_range(Candidate(passage, start, start + len(words), 0.9, 0.9))
    assert document.text[slice(*found)] == quoted
