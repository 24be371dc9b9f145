"""Answers and passages as plain data, and back: what --json prints and what is kept of an answer.

Where a document lies on this machine is no part of it; whoever may know that adds it.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from index.errors import FootnoteError
from qa.answer import Answer
from qa.citation import Citation
from qa.llm.phrase import Phrased
from qa.llm.verify import Sentence
from qa.retrieval.rerank import Passage

_CITED = ("citations", "conflicting", "near")


def answer_record(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain data, without its passages and without paths of this machine."""
    found = asdict(replace(answer, passages=()))
    del found["passages"]
    if answer.phrased:
        found["phrased"] = phrased_record(answer.phrased)
    for name in _CITED:
        for citation in found[name]:
            del citation["source"]
    return found


def phrased_record(phrased: Phrased) -> dict[str, Any]:
    """Return what a language model said as plain data, without paths of this machine."""
    found = asdict(phrased)
    for sentence in found["sentences"]:
        for citation in sentence["citations"]:
            del citation["source"]
    return found


def answer_of(record: Mapping[str, Any]) -> Answer:
    """Return the answer that was made plain data, its `passages` and each `source` empty.

    What this version does not know is passed over. Raises `FootnoteError` for other data.
    """
    known = {field.name for field in fields(Answer)} - {"passages", "phrased", *_CITED}
    try:
        found = {name: value for name, value in record.items() if name in known}
        cited = {name: tuple(map(_citation, record.get(name, ()))) for name in _CITED}
        phrased = record.get("phrased")
        said = None if phrased is None else _phrased(phrased)
        return Answer(**(found | cited), passages=(), phrased=said)
    except (AttributeError, KeyError, TypeError) as error:
        raise FootnoteError(
            f"An answer that was kept is not as written ({error}). Delete its conversation."
        ) from error


def _phrased(record: Mapping[str, Any]) -> Phrased:
    sentences = tuple(
        Sentence(
            str(said["text"]),
            tuple(map(_citation, said["citations"])),
            said["supported"] is True,
            str(said["reason"]),
        )
        for said in record["sentences"]
    )
    return Phrased(sentences, str(record["note"]))


def _citation(record: Mapping[str, Any]) -> Citation:
    known = {field.name for field in fields(Citation)}
    found = {name: value for name, value in record.items() if name in known}
    return Citation(**{**found, "source": "", "also": tuple(record.get("also", ()))})


def passage_record(passage: Passage) -> dict[str, Any]:
    """Return a passage as plain data, without the whole text of its document."""
    return {
        "document_id": passage.document.id,
        "title": passage.document.title,
        "start": passage.chunk.start,
        "end": passage.chunk.end,
        "text": passage.text,
        "score": passage.score,
        "scores": dict(passage.scores),
    }
