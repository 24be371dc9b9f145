"""Verify that the passages a language model's sentence cites support it.

`word_check` looks up each word of the sentence in the passages. The encoder then has to find
sentence and evidence similar, and the reader, asked by `reader_check`, must not find another name
or amount. Plausibility does not count: what is not shown to be supported is removed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.encode.encoder import Encoder
from qa.citation import Citation, cite
from qa.llm.evidence import EvidenceRanges
from qa.llm.reader_check import find_contradicted_span
from qa.llm.word_check import find_evidence
from qa.reader.reader import Reader
from qa.retrieval.query import find_quoted_phrases
from qa.retrieval.rerank import Passage

MIN_SIMILARITY = 0.2
"""Cosine similarity that a sentence and its evidence need."""

MAX_SENTENCE_LENGTH = 600
"""Characters of a sentence at most."""

MAX_CITED_PASSAGES = 3
"""Passages that a sentence may cite; with more of them, a citation says little."""

_CITATION_MARK = re.compile(r"[ \t]*[\[【]\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*[\]】]")
_EMPHASIS = re.compile(r"(?<!\w)[*_`]+(?=\w)|(?<=[\w.,!?])[*_`]+(?!\w)|^\s*(?:[-*•]|#+)\s+")
_MARKUP = re.compile(
    r"https?:|www\.|data:|javascript:|<[a-z/!]|!\[|\]\(|\[[^\]]*[^\]\d][^\]]*\]\[|\]:|```|&#?\w+;|@[\w-]{1,64}\.\w|\|"
    r"|[\w-]+\.(?:com|org|net|io|example|test|dev|co|info)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A language model's sentence without citation marks, and whether the documents support it.

    Where `supported`, `citations` are the sentences that support it and `reason` is empty;
    otherwise `reason` says in a sentence why it is not shown.
    """

    text: str
    citations: tuple[Citation, ...]
    supported: bool
    reason: str


def check_sentence(
    marked: str, passages: Sequence[Passage], encoder: Encoder, reader: Reader | None
) -> Sentence:
    """Return a sentence, whose marks cite passages by their numbers from 1, and the verdict."""
    if len(marked) > MAX_SENTENCE_LENGTH:
        return Sentence(
            marked[:MAX_SENTENCE_LENGTH], (), False, "The sentence is too long to be checked."
        )
    text, numbers = split_citations(marked)
    cited = [passages[n - 1] for n in numbers if 1 <= n <= len(passages)]
    reason = _find_format_error(marked, text, numbers, cited)
    evidence: EvidenceRanges = []
    if not reason:
        reason, evidence = find_evidence(text, cited)
    if not reason and not _is_similar(text, evidence, encoder):
        reason = "Its meaning is too different from the cited text."
    if not reason and reader and (span := find_contradicted_span(text, evidence, reader)):
        reason = f"The reader finds something else in the cited text in place of “{span}”."
    if reason:
        return Sentence(text, (), False, reason)
    return Sentence(text, tuple(cite(p.document, a, b) for p, a, b in evidence), True, "")


def _find_format_error(
    marked: str, text: str, numbers: Sequence[int], cited: Sequence[Passage]
) -> str:
    """Return why a sentence is refused without comparing it to its passages, or ""."""
    if not numbers:
        return "The sentence cites no passage."
    if len(cited) < len(numbers):
        return "The sentence cites a passage that does not exist."
    if len(cited) > MAX_CITED_PASSAGES:
        return f"The sentence cites more than {MAX_CITED_PASSAGES} passages."
    if _MARKUP.search(marked) or not text.isprintable():
        return "The sentence contains a link, an image or markup."
    for quotation in find_quoted_phrases(_straighten_quotes(text)):
        if not any(_normalise_text(quotation) in _normalise_text(p.text) for p in cited):
            return "The sentence quotes words that are not in the cited text."
    return "" if any(c.isalpha() for c in text) else "The sentence contains no words."


def _is_similar(text: str, evidence: EvidenceRanges, encoder: Encoder) -> bool:
    quoted = " ".join(p.document.text[a:b] for p, a, b in evidence)
    one, other = encoder.embed_sentences([text, quoted])
    return encoder.rescale(float(one @ other)) >= MIN_SIMILARITY


def split_citations(marked: str) -> tuple[str, list[int]]:
    """Return a sentence without its citation marks, and the numbers in these, each once.

    >>> split_citations("It rained [2], and [1, 2] snowed.[3]")
    ('It rained, and snowed.', [2, 1, 3])
    >>> split_citations("- **Set** `max_conn` to #7, _not_ 2*3.")[0]
    'Set max_conn to #7, not 2*3.'
    """
    marks = _CITATION_MARK.finditer(marked)
    numbers = [int(number) for mark in marks for number in re.findall(r"\d+", mark[1])]
    text = _CITATION_MARK.sub("", marked)
    text = _EMPHASIS.sub("", text)
    return " ".join(text.split()), list(dict.fromkeys(numbers))


def _straighten_quotes(text: str) -> str:
    return re.sub("[“”„«»]", '"', text)


def _normalise_text(text: str) -> str:
    """Return text with plain white space and punctuation, case-folded."""
    text = re.sub("[\u2018’]", "'", _straighten_quotes(text)).replace("–", "-").replace("—", "-")
    return " ".join(text.casefold().split()).strip(" .,;:!?")
