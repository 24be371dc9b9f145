"""A sentence of a language model and the passages that it cites -> whether they say so.

Nothing here asks what is likely: `claim` looks for each word of it in the passages; then the
encoder has to find the two near in meaning, and the reader, which `doubt` asks for its names and
amounts, must not name another. What cannot be shown to be said is struck out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.encode.encoder import Encoder
from qa.citation import Citation, cite
from qa.llm.evidence import Ranges
from qa.llm.reader_check import doubted
from qa.llm.word_check import evidence_of
from qa.reader.reader import Reader
from qa.retrieval.query import phrases
from qa.retrieval.rerank import Passage

ALIKE = 0.2
"""Cosine of a sentence and its evidence from which they count as alike."""

LONGEST = 600
"""Characters of a sentence at most."""

MOST_CITED = 3
"""Passages that a sentence may cite; more of them is a list of all that there is."""

_MARK = re.compile(r"[ \t]*[\[【]\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*[\]】]")
_MARKUP = re.compile(
    r"https?:|www\.|data:|javascript:|<[a-z/!]|!\[|\]\(|\[[^\]]*\]\[|\]:|```|&#?\w+;|@[\w-]{1,64}\.\w|\|"
    r"|[\w-]+\.(?:com|org|net|io|example|test|dev|co|info)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a language model, without its marks, and whether the documents say it.

    Where `supported`, `citations` are the sentences that say so, and `reason` is empty; otherwise
    `reason` tells in a sentence why it is not shown.
    """

    text: str
    citations: tuple[Citation, ...]
    supported: bool
    reason: str


def check_sentence(
    said: str, passages: Sequence[Passage], encoder: Encoder, reader: Reader | None
) -> Sentence:
    """Return a sentence, which cites passages by their numbers from 1, with what came of it."""
    if len(said) > LONGEST:
        return Sentence(said[:LONGEST], (), False, "It is too long to be checked.")
    text, numbers = without_marks(said)
    cited = [passages[n - 1] for n in numbers if 1 <= n <= len(passages)]
    reason = _malformed(said, text, numbers, cited)
    found: Ranges = []
    if not reason:
        reason, found = evidence_of(text, cited)
    if not reason:
        reason = _unlike(text, found, encoder)
    if not reason and reader and (named := doubted(text, found, reader)):
        reason = f"The reader finds another there than “{named}”."
    if reason:
        return Sentence(text, (), False, reason)
    return Sentence(text, tuple(cite(p.document, a, b) for p, a, b in found), True, "")


def _malformed(said: str, text: str, numbers: Sequence[int], cited: Sequence[Passage]) -> str:
    """Return why a sentence need not be looked up at all; "" where it has to be."""
    if not numbers:
        return "It cites nothing."
    if len(cited) < len(numbers):
        return "It cites a passage that there is not."
    if len(cited) > MOST_CITED:
        return f"It cites more than {MOST_CITED} passages."
    if _MARKUP.search(said) or not text.isprintable():
        return "It holds a link, a picture or marks of a page."
    for quotation in phrases(_straight(text)):
        if not any(_plain(quotation) in _plain(passage.text) for passage in cited):
            return "It quotes what the passage does not hold."
    return "" if any(c.isalpha() for c in text) else "It says nothing."


def _unlike(text: str, found: Sequence[tuple[Passage, int, int]], encoder: Encoder) -> str:
    quoted = " ".join(p.document.text[a:b] for p, a, b in found)
    one, other = encoder.embed_sentences([text, quoted])
    return "" if float(one @ other) >= ALIKE else "Its meaning is too far from what it cites."


def without_marks(said: str) -> tuple[str, list[int]]:
    """Return a sentence without its marks of citations, and the numbers that these name, once.

    >>> without_marks("It rained [2], and [1, 2] snowed.[3]")
    ('It rained, and snowed.', [2, 1, 3])
    """
    numbers = [int(n) for mark in _MARK.finditer(said) for n in re.findall(r"\d+", mark[1])]
    text = re.sub(r"[*_`#]+(?=\w)|(?<=[\w.,!?])[*_`]+|^\s*[-*•]\s+", "", _MARK.sub("", said))
    return " ".join(text.split()), list(dict.fromkeys(numbers))


def _straight(text: str) -> str:
    return re.sub("[“”„«»]", '"', text)


def _plain(text: str) -> str:
    """Return text with white space and typographic signs made plain, in small letters."""
    text = re.sub("[\u2018’]", "'", _straight(text)).replace("–", "-").replace("—", "-")
    return " ".join(text.casefold().split()).strip(" .,;:!?")
