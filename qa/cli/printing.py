"""Print the results of `footnote` commands, as text for a terminal or as JSON.

Text that comes from documents is printed on one line and without control characters.
"""

import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from index import BuildReport
from index.errors import IndexDamaged
from index.manifest import read_manifest
from index.store.catalogue import Catalogue
from index.store.generation import list_generations
from index.text.invisible import reveal_controls
from index.text.plural import count_noun
from qa.answer import Answer
from qa.citation import Checked, Citation
from qa.evaluation.evaluate import JudgedAnswer
from qa.llm.phrase import Phrased
from qa.llm.verify import Sentence
from qa.rendering.columns import format_columns
from qa.rendering.plain_text import (
    format_answer_text,
    format_answer_words,
    format_passages_heading,
    format_quote,
)
from qa.retrieval.rerank import Passage


def print_json(value: object) -> None:
    """Print a value as indented JSON."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_to_json)
    print()


def print_report(report: BuildReport) -> None:
    """Print what a build changed; skipped files and remarks go to standard error."""
    moved = f"{len(report.moved)} moved, " if report.moved else ""
    documents = len(report.added) + len(report.changed) + len(report.moved) + len(report.unchanged)
    print(
        f"{len(report.added)} added, {len(report.changed)} changed, {moved}{len(report.removed)} "
        f"removed, {len(report.skipped)} skipped; {count_noun(documents, 'document')} in "
        f"{count_noun(report.chunks, 'chunk')}, {report.embedded} of them embedded now"
    )
    for skipped in report.skipped:
        print(f"skipped {one_line(skipped.path)}: {one_line(skipped.reason)}", file=sys.stderr)
    if report.engine:
        print(one_line(report.engine), file=sys.stderr)


def print_answer(answer: Answer) -> None:
    """Print an answer with its citations or, where there is none, the nearest sentences."""
    if answer.searched_for != answer.question:
        print(f"Searched for: {one_line(answer.searched_for)}")
    if answer.note:
        print(one_line(answer.note))
    if answer.outcome == "passages":
        print(f"{format_passages_heading(answer)} ({answer.answerable:.0%} likely):")
        print_sources(answer.citations)
        return
    if answer.outcome == "collection":
        _print_about_collection(answer)
        return
    _print_exact_words(answer)
    if answer.near:
        print(f"The nearest sentences, which may not answer ({answer.answerable:.0%} likely):")
    for number, citation in enumerate(answer.near, 1):
        print(f"  {number}. {_format_quotation(citation, indent=5)}")


def _print_exact_words(answer: Answer) -> None:
    """Print the words that answer with their citations, and passages that say otherwise."""
    print(one_line(format_answer_text(answer)))
    likely = f"({answer.probability:.0%} likely right)"
    if any(citation.words != citation.quote for citation in answer.citations):
        print(f"  {likely}")
        print_sources(answer.citations)
    else:
        for number, citation in enumerate(answer.citations, 1):
            print(f"  [{number}] {_format_place(citation)} {likely}")
    if answer.conflicting:
        print("Other passages say otherwise:")
    for citation in answer.conflicting:
        print(f"  {one_line(format_answer_words(citation))}: {_format_quotation(citation)}")


def _print_about_collection(answer: Answer) -> None:
    """Print what is said of the documents as such, those that are listed, and quotations."""
    print(one_line(answer.text.partition("\n")[0]))
    for document in answer.documents:
        print(f"  {one_line(str(document))}")
    print_sources(answer.citations)


def answer_with_passages(answer: Answer) -> dict[str, Any]:
    """Return an answer as JSON data, with its passages and the paths of the files it cites."""
    record = answer.to_dict()
    for name in ("citations", "conflicting", "near"):
        for citation, cited in zip(getattr(answer, name), record[name], strict=True):
            cited["source"] = citation.source
    return record | {"passages": [passage.to_dict() for passage in answer.passages]}


def print_sources(citations: Sequence[Citation]) -> None:
    """Print numbered citations, each with its quotation and its place."""
    for number, citation in enumerate(citations, 1):
        print(f"  [{number}] {_format_quotation(citation)}")


class PhrasingPrinter:
    """Prints the sentences of a language model as they come, then their sources."""

    def __init__(self) -> None:
        self._sources: list[Citation] = []

    def print_sentence(self, sentence: Sentence) -> None:
        """Print a sentence with the numbers of its sources, if the documents support it."""
        if sentence.supported:
            if not self._sources:
                print("In the words of the language model:")
            print(f"{sentence.text} {self._marks(sentence)}", flush=True)

    def print_end(self, phrased: Phrased) -> None:
        """Print the sources; what was left out, and what went wrong, goes to standard error."""
        for note in _phrasing_notes(phrased):
            print(f"footnote: {note}", file=sys.stderr)
        print_sources(self._sources)

    def _marks(self, sentence: Sentence) -> str:
        for citation in sentence.citations:
            if citation not in self._sources:
                self._sources.append(citation)
        return "".join(f"[{self._sources.index(c) + 1}]" for c in sentence.citations)


def _phrasing_notes(phrased: Phrased) -> list[str]:
    """Return in sentences what went wrong, and what was left out and why."""
    notes = [phrased.note] if phrased.note else []
    struck = [sentence for sentence in phrased.sentences if not sentence.supported]
    if struck:
        reasons = " ".join(dict.fromkeys(sentence.reason for sentence in struck[:3]))
        were = "was" if len(struck) == 1 else "were"
        count = count_noun(len(struck), "sentence")
        notes.append(f"{count} of the language model {were} left out: {reasons}")
    return notes


def print_passages(passages: Sequence[Passage]) -> None:
    """Print retrieved passages with their scores and places."""
    for number, passage in enumerate(passages, 1):
        print(
            f"  {number}. {passage.score:.2f}  {one_line(passage.document.id)}, "
            f"characters {passage.chunk.start}-{passage.chunk.end}\n     {one_line(passage.text)}"
        )


def print_checked(checked: Checked) -> None:
    """Print the status of a stored citation, and its present places."""
    print(f"{checked.status}  {checked.uri}\n  {one_line(checked.quote)}")
    for citation in checked.citations:
        print(f"  {'now ' * (checked.status == 'moved')}in {_format_place(citation)}")
    if checked.status == "stale":
        print("  No document says so today; these are the words of an earlier version.")


def print_catalogue(catalogue: Catalogue, folder: Path) -> None:
    """Print what is indexed, what was skipped and why, and which generations there are."""
    manifest = catalogue.manifest
    print(f"index       {folder} (generation {catalogue.name}, {manifest.created})")
    for name in list_generations(folder):
        if name == catalogue.name:
            continue
        with suppress(IndexDamaged):  # A build may have deleted it meanwhile.
            other = read_manifest(folder, name)
            print(
                f"            generation {name}, {other.created}, "
                f"{count_noun(len(other.documents), 'document')}: footnote rollback --to {name}"
            )
    print(f"documents   {len(manifest.documents)}")
    print(f"chunks      {manifest.chunks}")
    print(f"encoder     {manifest.encoder.name}, {manifest.encoder.dimension} dimensions")
    print(f"engine      {manifest.engine or 'this machine'}")
    if manifest.faiss_kind:
        print(f"FAISS       {manifest.faiss_kind}{', as named' if manifest.faiss else ''}")
    if manifest.engine:
        print(f"collection  {manifest.engine.collection}")
    print(f"size        {folder_size(folder) / 1e6:.1f} MB")
    for entry in manifest.documents:
        pages = f", {len(entry.page_starts)} pages" if entry.page_starts else ""
        about = "".join(f", {part}" for part in (entry.author, entry.date) if part)
        title = one_line(entry.title + about)
        print(f"  {one_line(entry.id)}: {title} ({entry.size:,} bytes{pages})")
        if entry.note:
            print(f"    {one_line(entry.note)}")
    for skipped in manifest.skipped:
        print(f"  skipped {one_line(skipped.path)}: {one_line(skipped.reason)}")


def folder_size(folder: Path) -> int:
    """Return the bytes of all files in a folder; a build may delete some meanwhile."""
    size = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            size += file.stat().st_size if file.is_file() else 0
    return size


def print_measures(measures: dict[str, float], errors: Sequence[JudgedAnswer]) -> None:
    """Print a table of measures, then the questions whose probability was furthest off."""
    for name, value in measures.items():
        print(f"{name:28s} {value:10.3f}" if value % 1 else f"{name:28s} {value:10.0f}")
    for outcome in errors:
        expected = outcome.question.answers[0].text if outcome.question.answers else "no answer"
        documents = one_line(", ".join(outcome.documents))
        print(f"\n{one_line(f'{outcome.question.id}: {outcome.question.question}')}")
        print(f"  expected  {one_line(expected)}\n  found     {one_line(outcome.answer)}")
        print(f"  probability {outcome.probability:.2f}, documents {documents}")


def one_line(text: str) -> str:
    """Return text on one line, without characters that a terminal would interpret."""
    return reveal_controls(" ".join(text.split()))


def _format_quotation(citation: Citation, *, indent: int = 6) -> str:
    columns = one_line(format_columns(citation))
    lines = [one_line(format_quote(citation)), *([f"columns: {columns}"] if columns else [])]
    return f"\n{' ' * indent}".join([*lines, _format_place(citation)])


def _format_place(citation: Citation) -> str:
    also = f"; also {', '.join(map(one_line, citation.also))}" if citation.also else ""
    place = f"{one_line(citation.document_id)}{citation.place}"
    return f"{place}, characters {citation.start}-{citation.end}{also}"


def _to_json(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
