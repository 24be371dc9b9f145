"""Find the documents that a question names: "faq.md", "the employee handbook"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from index.manifest import Entry
from index.search.terms import WORD, extract_terms
from index.text.canonical import canonicalize
from index.text.sentence import Span

MAX_NAME_WORDS = 12
"""Words of a name at most; a longer title is not found."""


@dataclass(frozen=True, slots=True)
class Named:
    """A document's name in a question: its range in characters, and the documents' numbers."""

    span: Span
    numbers: tuple[int, ...]


class DocumentNames:
    """The ids, file names and titles of documents, whatever their case and punctuation.

    A file is also named without its suffix, and by its title, unless all its words are among
    `common_words`: "overview" in a question is then no name, "overview.md" is one.
    """

    def __init__(self, documents: Sequence[Entry], common_words: frozenset[str] = frozenset()):
        self.documents = documents
        self._numbers: dict[tuple[str, ...], list[int]] = {}
        for number, entry in enumerate(documents):
            file = entry.id.rpartition("/")[2]
            names = dict.fromkeys(map(_words, {entry.id: None, file: None}))
            # Without their suffixes: what stands before the last full stop.
            loose = (entry.id.rpartition(".")[0], file.rpartition(".")[0], entry.title)
            names |= dict.fromkeys(
                words
                for words in map(_words, loose)
                if not all(word.isdigit() for word in words) and not common_words.issuperset(words)
            )
            for words in names:
                if 0 < len(words) <= MAX_NAME_WORDS:
                    self._numbers.setdefault(words, []).append(number)

    @cached_property
    def numbers_by_word(self) -> Mapping[str, frozenset[int]]:
        """The documents of whose id or year a word is part, by the word's stem."""
        found: dict[str, set[int]] = {}
        for number, entry in enumerate(self.documents):
            year = entry.date.partition("-")[0]
            for stem in extract_terms(" ".join(_words(f"{entry.id} {year}"))):
                found.setdefault(stem, set()).add(number)
        return {stem: frozenset(numbers) for stem, numbers in found.items()}

    def find(self, question: str) -> list[Named]:
        """Return the names in a question in order, the longest at each place."""
        places = [match.span() for match in WORD.finditer(question)]
        words = [word for start, end in places for word in [_words(question[start:end])]]
        found, first = list[Named](), 0
        while first < len(places):
            for last in range(min(len(places), first + MAX_NAME_WORDS), first, -1):
                name = tuple(part for word in words[first:last] for part in word)
                if numbers := self._numbers.get(name):
                    span = (places[first][0], places[last - 1][1])
                    found.append(Named(span, tuple(numbers)))
                    first = last - 1
                    break
            first += 1
        return found


_last: list[DocumentNames] = []


def document_names(documents: Sequence[Entry], common_words: frozenset[str]) -> DocumentNames:
    """Return the names of a manifest's documents; those of the last manifest are kept."""
    for known in _last:
        if known.documents is documents:
            return known
    _last[:] = [DocumentNames(documents, common_words)]
    return _last[0]


def _words(name: str) -> tuple[str, ...]:
    """Return the words of a name in lower case.

    >>> _words("reports/Travel-Policy_v1.md")
    ('reports', 'travel', 'policy', 'v1', 'md')
    """
    return tuple(WORD.findall((name if name.isascii() else canonicalize(name)).casefold()))
