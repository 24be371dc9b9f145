"""Questions written for training, in words that the texts do not use, and near misses.

Questions written while looking at a text share its words, those that people ask do not. A network
that has read the first kind alone takes shared words for the sign of an answer. `rewordings.jsonl`
asks some questions of the training sets again in other words, and something near that the passage
does not answer, and likewise for some questions that probabilities are fitted on: a line holds the
name of the set, the first sixteen digits of the sha256 of the question, and the two new questions,
either of which may be missing. `documents.jsonl` holds made-up passages of contracts, handbooks,
manuals, price lists, tables, letters and news, each with questions, and the words that answer or
null. The bundled weights were trained before the last 924 passages and 2,450 of the questions were
written. Half of the tables among these are held back from training: on them the weights of cells
are fitted.
"""

import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from index.text.table import find_rows
from qa.evaluation.labels import Question, read_json_lines
from qa.training.examples import MAX_NEGATIVES, Example, TitledText

OWN_WORDS = "own words"
"""Name of the set of questions that are asked again."""

NEAR_MISSES = "near misses"
"""Name of the set of questions beside them that nothing answers."""

DOCUMENTS = "documents"
"""Name of the set of made-up passages."""

WRITTEN = frozenset({OWN_WORDS, NEAR_MISSES, DOCUMENTS})

NEW_PASSAGES = 924
"""Passages at the end of the file that the bundled weights were trained before."""

REWORDINGS = Path(__file__).with_name("rewordings.jsonl")
PASSAGES = Path(__file__).with_name("documents.jsonl")


def reword_examples(examples: Iterable[Example]) -> Iterator[Example]:
    """Yield the examples whose questions are asked again, with the new ones in place of these."""
    lines = {(line["source"], line["asked"]): line for line in read_json_lines(REWORDINGS)}
    for example in examples:
        # A question that is asked twice is asked again of its first passage only.
        line = lines.pop((example.source, digest(example.question)), {})
        if question := line.get("again"):
            yield replace(example, source=OWN_WORDS, question=question)
        if question := line.get("near"):
            yield replace(example, source=NEAR_MISSES, question=question, spans=(), negatives=())


def reword_questions(source: str, questions: Iterable[Question]) -> Iterator[Question]:
    """Yield those of a set's questions that are asked again, and the near ones with no answer."""
    lines = {
        line["asked"]: line for line in read_json_lines(REWORDINGS) if line["source"] == source
    }
    for question in questions:
        line = lines.pop(digest(question.question), {})
        if again := line.get("again"):
            yield replace(question, question=again)
        if near := line.get("near"):
            yield Question(question.id, near, (), answerable=False, gold_docs=frozenset())


def digest(question: str) -> str:
    """Return the digits by which a question is found in the file."""
    return hashlib.sha256(question.encode()).hexdigest()[:16]


def read_held_back() -> list[dict[str, Any]]:
    """Return the lines of the file that are tables and held back from training."""
    lines = read_json_lines(PASSAGES)
    new = enumerate(lines[-NEW_PASSAGES:], max(0, len(lines) - NEW_PASSAGES))
    return [line for number, line in new if number % 2 and _is_table(line["passage"])]


def _is_table(passage: str) -> bool:
    return len(find_rows(passage, 0, len(passage))) > 1


def write_held_back(folder: Path) -> None:
    """Write the tables that are held back as a set of questions into a folder, made for it."""
    folder.mkdir(parents=True)
    texts, questions = [], []
    for number, line in enumerate(read_held_back()):
        name, text = str(number), line["passage"]
        texts.append({"id": name, "title": line["title"], "text": text})
        for asked in line["questions"]:
            words = asked["answer"]
            start = text.index(words) if words else 0
            gold = {"doc_id": name, "start": start, "end": start + len(words or ""), "text": words}
            answers = [gold] if words else []
            questions.append({"question": asked["question"], "answers": answers})
    for file, records in (("corpus.jsonl", texts), ("questions.jsonl", questions)):
        (folder / file).write_text("".join(f"{json.dumps(one)}\n" for one in records), "utf-8")


def read_documents() -> Iterator[Example]:
    """Yield the questions on the made-up passages; the negatives are others, drawn at random."""
    chance = random.Random(0)
    held_back = read_held_back()
    lines = [line for line in read_json_lines(PASSAGES) if line not in held_back]
    passages: list[TitledText] = [(line["title"], line["passage"]) for line in lines]
    for line, passage in zip(lines, passages, strict=True):
        for asked in line["questions"]:
            words = asked["answer"]
            start = passage[1].index(words) if words else 0
            spans = ((start, start + len(words)),) if words else ()
            others = [
                other
                for other in chance.sample(passages, MAX_NEGATIVES)
                if words and other != passage and words not in other[1]
            ]
            yield Example(DOCUMENTS, asked["question"], passage, spans, tuple(others))
