"""Labelled question sets -> training examples for the reader: questions with passages that answer
and passages that do not.

Passages are chunks as in an index. The negatives come from the search that is used for answering,
so that training data resembles the reader's later input. Further negatives are synthetic: a
passage without its answer, or a question with a name, number or word changed.
"""

import json
import random
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index import Generation
from index.encode.encoder import Encoder
from index.text.chunk import sentence_spans
from index.text.sentence import Span
from qa.candidates.normalise import normalised
from qa.evaluation.labels import Question, index_corpus, read_json_lines, read_questions
from qa.reader.load import NONE
from qa.retrieval.rerank import retrieve

MAX_NEGATIVES = 4
"""Passages kept for each question that are similar but do not answer."""

TitledText = tuple[str, str]
"""A title, which may be empty, and the text of a passage."""


@dataclass(frozen=True, slots=True)
class Example:
    """A question, a passage, and the spans of it that answer.

    `spans` are ranges of characters of the passage's text, end exclusive; none if it does not
    answer. `negatives` are other passages, which do not answer. `source` is the set's name.
    """

    source: str
    question: str
    passage: TitledText
    spans: tuple[Span, ...]
    negatives: tuple[TitledText, ...]


def mine_examples(folder: Path, encoder: Encoder, *, search: bool) -> Iterator[Example]:
    """Yield an example for each question of a set, a folder with a corpus and questions.

    Negatives come from `retrieve` or, without `search`, are drawn at random from the corpus.
    """
    titles = {
        d["id"]: _clean_title(d.get("title", "")) for d in read_json_lines(folder / "corpus.jsonl")
    }
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as target:
        generation, names = index_corpus(folder / "corpus.jsonl", Path(target), encoder=encoder)
        rows: dict[str, list[int]] = {}
        for row in range(len(generation.chunks)):
            for number in generation.holders(row):
                document_id = generation.manifest.documents[number].id
                rows.setdefault(names[document_id], []).append(row)
        for question in read_questions(folder):
            if search:
                found = retrieve(question.question, index=generation, top_k=10, reader=NONE)
                near = [(names[p.document.id], p.chunk.start, p.text) for p in found]
            else:
                drawn = (chance.randrange(len(generation.chunks)) for _ in range(MAX_NEGATIVES))
                near = [_chunk_text(generation, row, names) for row in drawn]
            own = [
                _chunk_text(generation, row, names) for g in question.gold_docs for row in rows[g]
            ]
            if question.answerable:
                best = max(own, key=lambda part: len(_answers_inside(question, *part)))
                spans = _answers_inside(question, *best)
                if not spans:
                    continue  # The answer crosses a chunk boundary.
            else:
                best = next((part for part in near if part in own), own[0])
                spans = []
            negatives = [
                part for part in near if part != best and not _holds_answer(question, *part)
            ]
            yield Example(
                folder.name,
                question.question,
                (titles[best[0]], best[2]),
                tuple(dict.fromkeys(spans)),
                tuple((titles[part[0]], part[2]) for part in negatives[:MAX_NEGATIVES]),
            )


def write_examples(examples: Sequence[Example], path: Path) -> None:
    lines = [json.dumps(asdict(example), ensure_ascii=False) for example in examples]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def read_examples(path: Path) -> list[Example]:
    return [
        Example(
            line["source"],
            line["question"],
            (line["passage"][0], line["passage"][1]),
            tuple((start, end) for start, end in line["spans"]),
            tuple((title, text) for title, text in line["negatives"]),
        )
        for line in read_json_lines(path)
    ]


def remove_answer(example: Example) -> TitledText | None:
    """Return the passage without the sentences that answer; None if too little is left.

    >>> e = Example("", "Who left?", ("", "Ida left. It rained all day long."), ((0, 3),), ())
    >>> remove_answer(e)
    ('', 'It rained all day long.')
    """
    title, text = example.passage
    kept = [
        text[start:end]
        for start, end in sentence_spans(text)
        if not any(start < last and first < end for first, last in example.spans)
    ]
    left = " ".join(kept)
    answers = {normalised(text[start:end]) for start, end in example.spans}
    if len(left) < 20 or any(answer in normalised(left) for answer in answers):
        return None
    return title, left


_NAME_WITHIN_SENTENCE = re.compile(r"(?<=[a-z] )[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*")
_DECIMAL_NUMBER = re.compile(r"\b\d[\d,.]*\b")
_OPPOSITES = (
    *("first last", "before after", "most least", "largest smallest", "highest lowest"),
    *("longest shortest", "oldest youngest", "north south", "east west", "more less"),
    *("northern southern", "eastern western", "increase decrease", "increased decreased"),
    *("began ended", "begin end", "start stop", "started stopped", "won lost", "win lose"),
    *("always never", "all none", "can cannot", "could couldn't", "is isn't", "was wasn't"),
    *("did didn't", "does doesn't", "with without", "rise fall", "rose fell", "above below"),
    *("inside outside", "old new", "early late", "high low", "large small", "long short"),
    *("best worst", "major minor", "maximum minimum", "male female", "men women", "father mother"),
    *("son daughter", "husband wife", "north-east south-west", "buy sell", "bought sold"),
    *("born died", "gained lost", "support oppose", "supported opposed", "public private"),
)
_OPPOSITE = {one: other for pair in _OPPOSITES for one, other in (pair.split(), pair.split()[::-1])}


def change_question(example: Example, others: Sequence[Example], chance: random.Random) -> str:
    """Return the question with a name, number or word changed, so that the passage cannot answer.

    Names are taken from the questions of `others`. Returns "" if there is nothing to change.
    """
    question, (_, text) = example.question, example.passage
    kinds = ["name", "number", "word"]
    chance.shuffle(kinds)
    for kind in kinds:
        changed = ""
        if kind == "name" and (names := _NAME_WITHIN_SENTENCE.findall(question)):
            other = [
                n
                for o in others
                for n in _NAME_WITHIN_SENTENCE.findall(o.question)
                if n not in text
            ]
            if other:
                changed = question.replace(chance.choice(names), chance.choice(other), 1)
        elif kind == "number" and (numbers := _DECIMAL_NUMBER.findall(question)):
            number = chance.choice(numbers)
            new = _change_number(number, chance)
            if new not in text:
                changed = question.replace(number, new, 1)
        elif kind == "word":
            words = question.split(" ")
            places = [i for i, word in enumerate(words) if word in _OPPOSITE]
            if places:
                place = chance.choice(places)
                words[place] = _OPPOSITE[words[place]]
                changed = " ".join(words)
        if changed and changed != question:
            return changed
    return ""


def _change_number(number: str, chance: random.Random) -> str:
    """Return the number with its last one or two digits changed."""
    places = [i for i, c in enumerate(number) if c.isdigit()]
    digits = list(number)
    for place in places[-2:] if len(places) > 2 else places[-1:]:
        digits[place] = chance.choice([d for d in "123456789" if d != digits[place]])
    return "".join(digits)


def _chunk_text(generation: Generation, row: int, names: dict[str, str]) -> tuple[str, int, str]:
    """Return the labels' document id, the start and the text of a chunk."""
    chunk, document = generation.chunk(row), generation.document(row)
    return names[document.id], chunk.start, document.text[chunk.start : chunk.end]


def _answers_inside(question: Question, doc_id: str, start: int, text: str) -> list[Span]:
    """Return the gold spans that lie within a chunk, as ranges of the chunk's text."""
    return [
        (answer.start - start, answer.end - start)
        for answer in question.answers
        if answer.doc_id == doc_id and start <= answer.start and answer.end <= start + len(text)
    ]


def _holds_answer(question: Question, doc_id: str, start: int, text: str) -> bool:
    """Whether a chunk holds an answer or the same words elsewhere, so that it is no negative."""
    words = f" {normalised(text)} "
    return any(
        (a.doc_id == doc_id and a.start < start + len(text) and start < a.end)
        or f" {normalised(a.text)} " in words
        for a in question.answers
    )


def _clean_title(title: str) -> str:
    return title.replace("_", " ").strip()
