"""How much of a question stands together, in one sentence or row of a table.

A chunk that holds "Lena Berg" and "Ida Collin" holds the words of "Lena Collin", but does not speak
of her.
"""

from collections.abc import Sequence

from index import Generation
from index.search.terms import WORD, extract_terms, index_terms
from index.text.chunk import sentence_spans
from qa.retrieval.query import FUNCTION_WORDS


def share_together(question: str, opened: Generation, rows: Sequence[int]) -> list[float]:
    """Return for each row the share of the question's words that its best sentence holds.

    Words count by their rarity in the index, as in BM25. Shares lie between 0 and 1.
    """
    by_language: dict[str, dict[str, float]] = {}
    shares = []
    for row in rows:
        number, start, end = opened.chunks[row].tolist()
        language = opened.manifest.documents[number].language
        if language not in by_language:
            by_language[language] = _weigh_words(question, opened, language)
        text = opened.document_by_number(number).text[start:end]
        shares.append(_share_of_best_sentence(by_language[language], text, language))
    return shares


def _weigh_words(question: str, opened: Generation, language: str) -> dict[str, float]:
    """Return the stems of a question's topic words, with the highest BM25 score of each."""
    weights: dict[str, float] = {}
    for word in WORD.findall(question):
        stems = set(extract_terms(word, language)) - FUNCTION_WORDS
        weights |= dict.fromkeys(stems, opened.lexical.score_limit(word) if stems else 0.0)
    return weights


def _share_of_best_sentence(weights: dict[str, float], text: str, language: str) -> float:
    total = sum(weights.values())
    if not total:
        return 0.0
    sentences = (set(index_terms(text[start:end], language)) for start, end in sentence_spans(text))
    held = (sum(weights[stem] for stem in weights.keys() & words) for words in sentences)
    return max(held, default=0.0) / total
