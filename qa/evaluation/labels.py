"""Files of labelled questions and their documents -> records, and an index of the documents.

Evaluation is left to `evaluate`, training to `qa.training`.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index import FootnoteError, Generation, build, open_index
from index.encode.encoder import Encoder
from index.text.canonical import MAX_TITLE_LENGTH

_ALL_REQUIRED = "evidence_all_required"
_EXACT_WORDS = ("answer", "answer_by_string_search")


@dataclass(frozen=True, slots=True)
class GoldSpan:
    """A range of a document that answers, in characters, end exclusive, and its text."""

    doc_id: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """A labelled question.

    `gold_docs` are the ids of the documents that hold the answer. The `answers` are alternatives
    or, with `all_required`, parts of one answer. With `exact_words` they are the words that answer,
    otherwise the sentences or passages that hold them.
    """

    id: str
    question: str
    answers: tuple[GoldSpan, ...]
    answerable: bool
    gold_docs: frozenset[str]
    all_required: bool = False
    exact_words: bool = True


def read_questions(path: Path) -> list[Question]:
    """Read labelled questions from JSON lines or a folder in the layout of BEIR.

    A line holds {"question"} and, where there is an answer, "answers": [{"doc_id", "start",
    "end", "text"}] or "gold_docs": [id]; "id" and "answerable" are optional. BEIR has
    queries.jsonl and qrels/test.tsv; without that file, all of qrels/*.tsv are read. Lines with a
    "vote", which `footnote feedback --all` writes, are skipped. Raises `FootnoteError` with the
    number of the first invalid line.
    """
    if path.is_dir():
        if not (path / "questions.jsonl").is_file():
            return _read_beir(path)
        path = path / "questions.jsonl"
    questions = []
    for number, line in read_objects(path):
        if "vote" in line:
            continue
        try:
            answers = tuple(map(_read_gold, line.get("answers", ())))
            gold_docs = frozenset(map(str, line.get("gold_docs") or {a.doc_id for a in answers}))
            if line.get("answerable") and not gold_docs:
                raise ValueError("answerable, but neither answers nor gold_docs")
            questions.append(
                Question(
                    str(line.get("id", number)),
                    str(line["question"]),
                    answers,
                    bool(line.get("answerable", bool(gold_docs))),
                    gold_docs,
                    line.get("span_level") == _ALL_REQUIRED,
                    line.get("span_level", _EXACT_WORDS[0]) in _EXACT_WORDS,
                )
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise FootnoteError(
                f"{path}, line {number}, is not a labelled question ({error!r}). Expected "
                '{"question": …, "answers": [{"doc_id": …, "start": …, "end": …, "text": …}]}.'
            ) from error
    return questions


def _read_gold(answer: Mapping[str, Any]) -> GoldSpan:
    start, end = int(answer["start"]), int(answer["end"])
    if not 0 <= start < end:
        raise ValueError(f"{start} to {end} is no range")
    return GoldSpan(str(answer["doc_id"]), start, end, str(answer.get("text", "")))


def serialize_question(question: Question) -> dict[str, Any]:
    """Return a labelled question as a line for `read_questions`, which numbers lines without id."""
    record: dict[str, Any] = {
        "question": question.question,
        "answers": [asdict(gold) for gold in question.answers],
    }
    return record | ({"span_level": _ALL_REQUIRED} if question.all_required else {})


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a JSON lines file. Raises `FootnoteError`."""
    return [found for _, found in read_objects(path)]


def read_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each object of a JSON lines file after the number of its line.

    Raises `FootnoteError` for a line that is neither an object nor blank.
    """
    for number, line in enumerate(_read_text(path).split("\n"), 1):  # U+2028 may stand in a text.
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise FootnoteError(
                f"{path}, line {number}, is not a JSON object. Give a file with one per line."
            )
        yield number, found


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise FootnoteError(f"{path} cannot be read as text in UTF-8: {error}.") from error


def _read_beir(folder: Path) -> list[Question]:
    relevant = _read_judgements(folder)
    if not relevant:
        raise FootnoteError(
            f"{folder} holds neither questions.jsonl nor queries.jsonl with qrels/*.tsv. Give a "
            "file of labelled questions or a folder in the layout of BEIR."
        )
    path, questions = folder / "queries.jsonl", []
    for number, query in read_objects(path):
        if not {"_id", "text"} <= set(query):
            raise FootnoteError(
                f'{path}, line {number}, is no query. Expected {{"_id": …, "text": …}}.'
            )
        name = str(query["_id"])
        if name in relevant:
            gold = frozenset(relevant[name])
            questions.append(Question(name, str(query["text"]), (), True, gold))
    return questions


def _read_judgements(folder: Path) -> dict[str, set[str]]:
    """Return the relevant documents of each query, by id: those of the test, if there is one."""
    relevant: dict[str, set[str]] = {}
    test = folder / "qrels" / "test.tsv"
    for file in [test] if test.is_file() else sorted(folder.glob("qrels/*.tsv")):
        for number, line in enumerate(_read_text(file).splitlines()[1:], 2):
            try:
                query, document, grade = line.split("\t") if line.strip() else ("", "", "0")
                if int(grade) > 0:
                    relevant.setdefault(query, set()).add(document)
            except ValueError as error:
                raise FootnoteError(
                    f"{file}, line {number}, is no judgement ({error}). Expected the ids of a "
                    "query and of a document, and a grade, with tabs between them."
                ) from error
    return relevant


def index_corpus(
    corpus: Path, target: Path, *, encoder: Encoder | None = None
) -> tuple[Generation, dict[str, str]]:
    """Write each text of a corpus.jsonl to a file named after its title, and index the files.

    The files and the index lie under `target`. Returns the index, and the corpus' id of each
    document by its id in the index. Raises `FootnoteError` for a line without a text.
    """
    files, names = target / "files", {}
    files.mkdir(parents=True)
    for place, (number, document) in enumerate(read_objects(corpus)):
        title = re.sub(r"[^\w ,.&'()-]+", " ", str(document.get("title") or "").replace("_", " "))
        title = " ".join(title.split())[:MAX_TITLE_LENGTH].strip(" .")
        name = f"{place:06d} {title}.txt" if title else f"{place:06d}.txt"
        if "text" not in document:
            raise FootnoteError(
                f'Line {number} of {corpus} has no "text". Expected {{"id": …, "text": …}}.'
            )
        names[name] = str(document.get("id", document.get("_id")))
        (files / name).write_text(str(document["text"]), "utf-8", newline="")
    build([files], index=target / "index", encoder=encoder)
    return open_index(target / "index", encoder=encoder), names


def find_wrong_labels(questions: Sequence[Question], opened: Generation) -> list[str]:
    """Return a sentence for each question whose label does not fit the documents of an index."""
    ids = {entry.id for entry in opened.manifest.documents}
    wrong = []
    for question in questions:
        for unknown in sorted(question.gold_docs - ids):
            wrong.append(f"question {question.id}: there is no document {unknown!r:.80}")
        for gold in question.answers:
            if gold.text and gold.doc_id in ids:
                text = opened.document_by_id(gold.doc_id).text[gold.start : gold.end]
                if text != gold.text:
                    wrong.append(
                        f"question {question.id}: {gold.doc_id} has {text!r:.40} at "
                        f"{gold.start}-{gold.end}, not {gold.text!r:.40}"
                    )
    return wrong


def find_label(question: Question, ids: Sequence[str], names: Mapping[str, str]) -> str:
    """Return the labels' id of a document, given the `ids` of it and its identical copies.

    It is the one among the question's gold documents, if any, otherwise the first.
    """
    labels = [names.get(document_id, document_id) for document_id in ids]
    return next((label for label in labels if label in question.gold_docs), labels[0])
