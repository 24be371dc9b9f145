"""Convert answers and passages to plain data for --json and for storage, and stored answers back.

The data contain no paths of this machine; callers that may reveal them add them.
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

_CITATION_FIELDS = ("citations", "conflicting", "near")


def answer_record(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain data, without its passages and without paths of this machine."""
    found = asdict(replace(answer, passages=())) | {"answered": answer.answered}
    del found["passages"]
    if answer.phrased:
        found["phrased"] = phrased_record(answer.phrased)
    for name in _CITATION_FIELDS:
        for citation in found[name]:
            del citation["source"]
    return found


def phrased_record(phrased: Phrased) -> dict[str, Any]:
    """Return a language model's sentences as plain data, without paths of this machine."""
    found = asdict(phrased)
    for sentence in found["sentences"]:
        for citation in sentence["citations"]:
            del citation["source"]
    return found


def answer_from_record(record: Mapping[str, Any]) -> Answer:
    """Return the answer in a record, its `passages` and each `source` empty.

    Unknown fields are ignored. Answers that were stored when there were two outcomes, told by
    "answered", are read as well. Raises `FootnoteError` for malformed data.
    """
    known = {field.name for field in fields(Answer)} - {"passages", "phrased", *_CITATION_FIELDS}
    try:
        answered = {"answerable": record["probability"]} if "outcome" not in record else {}
        if answered:
            answered["outcome"] = "answer" if record["answered"] else "none"
        found = answered | {name: value for name, value in record.items() if name in known}
        cited = {
            name: tuple(map(_parse_citation, record.get(name, ()))) for name in _CITATION_FIELDS
        }
        phrased = record.get("phrased")
        phrased_answer = None if phrased is None else _parse_phrased(phrased)
        return Answer(**(found | cited), passages=(), phrased=phrased_answer)
    except (AttributeError, KeyError, TypeError) as error:
        raise FootnoteError(
            f"A stored answer is damaged ({error}). Delete its conversation."
        ) from error


def _parse_phrased(record: Mapping[str, Any]) -> Phrased:
    sentences = tuple(
        Sentence(
            str(sentence["text"]),
            tuple(map(_parse_citation, sentence["citations"])),
            sentence["supported"] is True,
            str(sentence["reason"]),
        )
        for sentence in record["sentences"]
    )
    return Phrased(sentences, str(record["note"]))


def _parse_citation(record: Mapping[str, Any]) -> Citation:
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
