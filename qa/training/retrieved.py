"""Labelled questions with the passages that Footnote finds for them, read or not.

Reading takes long, so that what was read can be kept in a folder.
"""

import pickle
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.encode.encoder import Encoder
from qa.evaluation.labels import Question, find_label, index_corpus, read_questions
from qa.evaluation.metrics import RIGHT_F1, count_overlap, token_f1
from qa.reader.decode import Reading
from qa.reader.load import NONE
from qa.reader.reader import Reader
from qa.retrieval.rerank import MAX_READ, Passage, choose_to_read, read_passages, retrieve
from qa.training.written import reword_questions

OWN_WORDS_OF = ", own words"
"""What comes after the name of a set for its questions in other words."""


@dataclass(frozen=True, slots=True)
class RetrievedQuestion:
    """A question and its passages; `names` are the labels' ids of documents by their ids.

    `others` are the passages of the documents that do not answer, as they are found and read where
    there are no others.
    """

    question: Question
    passages: tuple[Passage, ...]
    names: dict[str, str]
    others: tuple[Passage, ...] = ()

    @classmethod
    def of(
        cls, question: Question, passages: Sequence[Passage], names: dict[str, str]
    ) -> "RetrievedQuestion":
        """Return a question with its passages, of which some are those of other documents."""
        found = cls(question, tuple(passages), names)
        others = (p for p in passages if found.label_of(p) not in question.gold_docs)
        return replace(found, others=tuple(others))

    def without_gold(self) -> "RetrievedQuestion":
        """Return the question with the passages of documents that do not answer."""
        return replace(self, passages=self.others)

    def read_by(self, reader: Reader) -> "RetrievedQuestion":
        """Return the question with the passages read that `ask` reads, with gold and without."""
        known: dict[tuple[str, str], Reading] = {}  # Most passages are read in both ways.

        def read_new(question: str, texts: Sequence[tuple[str, str]]) -> list[Reading]:
            new = [text for text in dict.fromkeys(texts) if text not in known]
            known.update(zip(new, reader.read(question, new), strict=True))
            return [known[text] for text in texts]

        def read(passages: Sequence[Passage]) -> tuple[Passage, ...]:
            chosen = choose_to_read(passages)
            found = read_passages(self.question.question, passages, read_new, chosen)
            found.sort(key=lambda passage: -passage.scores["fused"])
            return tuple(found)

        return replace(self, passages=read(self.passages), others=read(self.others))

    def label_of(self, passage: Passage) -> str:
        """Return the labels' id of a passage's document."""
        ids = (passage.document.id, *passage.document.also)
        return find_label(self.question, ids, self.names)

    def is_answer(self, passage: Passage, start: int, end: int) -> bool:
        """Whether a range of a passage's document overlaps a gold span."""
        place = (self.label_of(passage), start, end)
        return any(count_overlap(place, (a.doc_id, a.start, a.end)) for a in self.question.answers)

    def is_right(self, passage: Passage, start: int, end: int) -> bool:
        """Whether a span that the reader found is right, as `evaluate` judges it."""
        if not self.question.exact_words:
            return self.is_answer(passage, start, end)
        words = passage.document.text[start:end]
        return any(token_f1(words, answer.text) >= RIGHT_F1 for answer in self.question.answers)


def ways_to_ask(
    retrieved: Iterable[RetrievedQuestion], *, gold_taken_out: bool
) -> Iterator[tuple[RetrievedQuestion, bool]]:
    """Yield each question as it is asked, and whether the documents that are searched answer.

    With `gold_taken_out`, the answerable questions are asked twice, once without their gold
    documents, and the others not at all.
    """
    for item in retrieved:
        if not gold_taken_out:
            yield item, item.question.answerable
        elif item.question.answerable:
            yield item, True
            yield item.without_gold(), False


def retrieve_for_questions(
    folder: Path, encoder: Encoder, reader: Reader | None, *, limit: int, own_words: bool = False
) -> list[RetrievedQuestion]:
    """Return up to `limit` questions of a set, drawn at random, with their passages.

    With `own_words` they are those that are asked again in other words, in the same order.
    """
    with tempfile.TemporaryDirectory() as target:
        generation, names = index_corpus(folder / "corpus.jsonl", Path(target), encoder=encoder)
        questions = read_questions(folder)
        random.Random(0).shuffle(questions)
        if own_words:
            questions = list(reword_questions(folder.name, questions))
        retrieved = []
        for question in questions[:limit]:
            # More than are read, so that enough are left without those of the gold documents.
            passages = retrieve(
                question.question, index=generation, top_k=2 * MAX_READ, reader=NONE
            )
            item = RetrievedQuestion.of(question, passages, names)
            if reader is not None:
                item = item.read_by(reader)
            retrieved.append(item)
        return retrieved


def retrieve_for_sets(
    data: Path,
    counts: Mapping[str, int],
    encoder: Encoder,
    reader: Reader | None,
    *,
    keep: Path | None = None,
) -> dict[str, list[RetrievedQuestion]]:
    """Return up to so many questions of each set with their passages.

    "SET, own words" are those of a set that are asked again in other words. What is found is
    written to the folder `keep` and taken from there the next time; it serves for one reader.
    """
    found = {}
    for name, count in counts.items():
        file = keep / f"{Path(name).name}.pickle" if keep else None
        kept = pickle.loads(file.read_bytes()) if file and file.exists() else []
        if len(kept) < count:
            folder = data / name.removesuffix(OWN_WORDS_OF)
            kept = retrieve_for_questions(
                folder, encoder, reader, limit=count, own_words=name.endswith(OWN_WORDS_OF)
            )
            if file:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(pickle.dumps(kept))
        found[name] = kept[:count]
        print(f"{name}: {len(found[name])} questions", file=sys.stderr, flush=True)
    return found
