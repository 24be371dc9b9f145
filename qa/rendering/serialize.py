"""Convert the records of stored answers back to answers.

Answers, citations and passages make their records themselves: `to_dict`.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from index.errors import FootnoteError
from qa.answer import Answer, AskedDocument, ListedDocument
from qa.citation import Citation
from qa.llm.phrase import Phrased
from qa.llm.verify import Sentence

_CITATION_FIELDS = ("citations", "conflicting", "near")
_PARSED = {"passages", "phrased", "documents", "document", *_CITATION_FIELDS}
"""Fields of an answer that hold records of their own."""


def answer_from_record(record: Mapping[str, Any]) -> Answer:
    """Return the answer in a record, its `passages` and each `source` empty.

    Unknown fields are ignored. Answers that were stored when there were two outcomes, told by
    "answered", are read as well. Raises `FootnoteError` for malformed data.
    """
    known = {field.name for field in fields(Answer)} - _PARSED
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
        listed = tuple(
            ListedDocument(str(one["document_id"]), str(one["title"]), str(one["about"]))
            for one in record.get("documents", ())
        )
        if asked := record.get("document"):
            names = ("document_id", "title", "date")
            found["document"] = AskedDocument(*(str(asked[name]) for name in names))
        return Answer(**(found | cited), passages=(), phrased=phrased_answer, documents=listed)
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
