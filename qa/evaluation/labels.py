"""Files of labelled questions and their documents -> records, and an index of the documents.

What is made of them is left to `evaluate`, `fit` and `train`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index import FootnoteError, Generation, build, open_index
from index.encode.encoder import Encoder
from index.extract.document import MAX_TITLE_LENGTH

_ALL_REQUIRED = "evidence_all_required"


@dataclass(frozen=True, slots=True)
class Gold:
    """A range that answers, in characters of its document, end exclusive."""

    doc_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A labelled question.

    `gold_docs` are the ids of the documents that hold the answer. Its `answers` are alternatives,
    or, with `all_required`, parts that are all needed.
    """

    id: str
    question: str
    answers: tuple[Gold, ...]
    answerable: bool
    gold_docs: frozenset[str]
    all_required: bool = False


def read_questions(path: Path) -> list[Question]:
    """Read labelled questions: JSON lines, or a folder in BEIR's layout.

    A line holds {"question"} and, where there is an answer, "answers": [{"doc_id", "start",
    "end", "text"}] or "gold_docs": [id]; "id" and "answerable" are optional. BEIR has
    queries.jsonl and qrels/*.tsv. A line with a "vote" tells what somebody made of an answer
    (`footnote feedback --all`) and is passed over. Raises `FootnoteError` naming the line that is
    at fault.
    """
    if path.is_dir():
        if not (path / "questions.jsonl").is_file():
            return _read_beir(path)
        path = path / "questions.jsonl"
    questions = []
    for number, line in enumerate(read_lines(path), 1):
        try:
            if "vote" in line:
                continue
            answers = tuple(
                Gold(str(a["doc_id"]), int(a["start"]), int(a["end"]), str(a.get("text", "")))
                for a in line.get("answers", ())
            )
            gold_docs = frozenset(map(str, line.get("gold_docs") or {a.doc_id for a in answers}))
            questions.append(
                Question(
                    str(line.get("id", number)),
                    str(line["question"]),
                    answers,
                    bool(line.get("answerable", bool(gold_docs))),
                    gold_docs,
                    line.get("span_level") == _ALL_REQUIRED,
                )
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FootnoteError(
                f"{path}, line {number}, is not a labelled question ({error!r}). Expected "
                '{"question": …, "answers": [{"doc_id": …, "start": …, "end": …, "text": …}]}.'
            ) from error
    return questions


def question_record(question: Question) -> dict[str, Any]:
    """Return a labelled question as what a line holds of it; its id is left to its place."""
    found: dict[str, Any] = {
        "question": question.question,
        "answers": [asdict(gold) for gold in question.answers],
    }
    return found | ({"span_level": _ALL_REQUIRED} if question.all_required else {})


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON lines file. Raises `FootnoteError`."""
    try:
        lines = path.read_text("utf-8").split("\n")  # A text may hold what ends lines elsewhere.
        return [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise FootnoteError(
            f"{path} cannot be read as JSON lines in UTF-8 ({error}). Give a file with one JSON "
            "object a line."
        ) from error


def _read_beir(folder: Path) -> list[Question]:
    relevant: dict[str, set[str]] = {}
    for file in sorted(folder.glob("qrels/*.tsv"))[:1]:
        for line in file.read_text("utf-8").splitlines()[1:]:
            query, document, grade = line.split("\t")[:3]
            if int(grade) > 0:
                relevant.setdefault(query, set()).add(document)
    if not relevant:
        raise FootnoteError(
            f"{folder} holds neither questions.jsonl nor queries.jsonl with qrels/*.tsv. Give a "
            "file of labelled questions or a folder in BEIR's layout."
        )
    return [
        Question(str(q["_id"]), str(q["text"]), (), True, frozenset(relevant[str(q["_id"])]))
        for q in read_lines(folder / "queries.jsonl")
        if str(q["_id"]) in relevant
    ]


def index_corpus(
    corpus: Path, target: Path, *, encoder: Encoder | None = None
) -> tuple[Generation, dict[str, str]]:
    """Index corpus.jsonl, a text a line, under `target`, each in a file that its title names.

    Returns the index and, for the id of each of its documents, the id that the corpus gives it.
    """
    files, names = target / "files", {}
    files.mkdir(parents=True)
    for number, document in enumerate(read_lines(corpus)):
        title = re.sub(r"[^\w ,.&'()-]+", " ", str(document.get("title") or "").replace("_", " "))
        title = " ".join(title.split())[:MAX_TITLE_LENGTH].strip(" .")
        name = f"{number:06d} {title}.txt" if title else f"{number:06d}.txt"
        names[name] = str(document.get("id", document.get("_id")))
        (files / name).write_text(str(document["text"]), "utf-8", newline="")
    build([files], index=target / "index", encoder=encoder)
    return open_index(target / "index", encoder=encoder), names


def label_of(question: Question, ids: Sequence[str], names: Mapping[str, str]) -> str:
    """Return the labels' id of a document: of its copies, `ids`, that which the question names."""
    labels = [names.get(document_id, document_id) for document_id in ids]
    return next((label for label in labels if label in question.gold_docs), labels[0])
