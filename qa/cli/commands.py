"""What each `footnote` command does with its arguments, and how it says what came of it.

Which arguments there are is told in `cli`. A command is a few lines here, and there are many: that
alone makes this a long module.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any

from index.errors import FootnoteError, IndexDamaged

if TYPE_CHECKING:
    from index.store.catalogue import Catalogue


def index_paths(arguments: argparse.Namespace) -> None:
    from qa.cli.progress import shown_progress

    if arguments.watch:
        if arguments.prune:
            raise FootnoteError("--watch and --prune do not go together; prune once, then watch.")
        if arguments.dask:
            raise FootnoteError("--watch and --dask do not go together; embed once, then watch.")
        _watch(arguments)
        return
    from index.build import build

    with shown_progress() as progress:
        report = build(
            arguments.paths,
            **_building(arguments),
            dask=arguments.dask,
            prune=arguments.prune,
            progress=progress,
        )
    _print_report(report, arguments.json)


def _watch(arguments: argparse.Namespace) -> None:
    from index.watch import watch
    from qa.cli.progress import shown_progress

    print("Watching; stop with Ctrl-C.", file=sys.stderr)
    with shown_progress() as progress:
        for report in watch(
            arguments.paths,
            **_building(arguments),
            progress=progress,
        ):
            if isinstance(report, FootnoteError):
                print(f"footnote: {report}", file=sys.stderr, flush=True)
            else:
                _print_report(report, arguments.json)
                sys.stdout.flush()


def _building(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what is to be built and where, as `build` and `watch` take it."""
    names = ("index", "encoder", "engine", "engine_uri", "faiss")
    return {name: getattr(arguments, name) for name in names}


def remove_documents(arguments: argparse.Namespace) -> None:
    from index.build import remove
    from qa.cli.progress import shown_progress

    with shown_progress() as progress:
        report = remove(
            arguments.documents, index=arguments.index, prune=arguments.prune, progress=progress
        )
    _print_report(report, arguments.json)


def roll_back(arguments: argparse.Namespace) -> None:
    from index.build import rollback

    name = rollback(index=arguments.index, to=arguments.to)
    if arguments.json:
        print_json({"generation": name})
    else:
        print(f"Generation {name} is live now.")


def back_up_index(arguments: argparse.Namespace) -> None:
    from index.backup import back_up

    name = back_up(arguments.file, index=arguments.index)
    size = Path(arguments.file).stat().st_size
    if arguments.json:
        print_json({"generation": name, "file": arguments.file, "size": size})
    else:
        print(f"Generation {name} is in {_line(arguments.file)}, {size / 1e6:.1f} MB.")


def restore_index(arguments: argparse.Namespace) -> None:
    from index.backup import restore
    from index.store.generation import index_folder

    name = restore(arguments.file, index=arguments.index)
    folder = str(index_folder(arguments.index).resolve())
    if arguments.json:
        print_json({"generation": name, "folder": folder})
    else:
        print(f"Generation {name} is live in {_line(folder)}.")


def _print_report(report: Any, as_json: bool) -> None:
    if as_json:
        print_json(asdict(report))
        return
    moved = f"{len(report.moved)} moved, " if report.moved else ""
    documents = len(report.added) + len(report.changed) + len(report.moved) + len(report.unchanged)
    print(
        f"{len(report.added)} added, {len(report.changed)} changed, {moved}{len(report.removed)} "
        f"removed, {len(report.skipped)} skipped; {_counted(documents, 'document')} in "
        f"{_counted(report.chunks, 'chunk')}, {report.embedded} of them embedded now"
    )
    for skipped in report.skipped:
        print(f"skipped {_line(skipped.path)}: {_line(skipped.reason)}", file=sys.stderr)
    if report.engine:
        print(_line(report.engine), file=sys.stderr)


def ask_question(arguments: argparse.Namespace) -> None:
    from qa.cli.printing import model_of

    model = model_of(arguments.llm, arguments.llm_model)
    if arguments.question is None:
        _converse(arguments, model)
    else:
        _ask(arguments.question, (), arguments, model)


def _converse(arguments: argparse.Namespace, model: Any) -> None:
    """Answer one line after the other, each after those before it, until there are no more."""
    from qa.retrieval.follow_up import LOOKED_AT

    person = sys.stdin.isatty()
    if isinstance(sys.stdin, TextIOWrapper):  # What is no UTF-8 is refused as a question.
        sys.stdin.reconfigure(errors="surrogateescape")
    if person:
        print("Ask; /new begins anew, Ctrl-D ends.", file=sys.stderr)
    history: list[Any] = []
    while True:  # Answers are forgotten as they are too old to be leant on.
        if person:
            print("> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip() == "/new":
            history = []
        elif line.strip():
            try:
                history = [*history[1 - LOOKED_AT :], _ask(line, history, arguments, model)]
            except FootnoteError as error:
                print(f"footnote: {error}", file=sys.stderr)
            sys.stdout.flush()


def _ask(question: str, history: Sequence[Any], arguments: argparse.Namespace, model: Any) -> Any:
    from qa.answer import ask
    from qa.cli.printing import print_phrased

    answer = ask(
        question,
        history=history,
        index=arguments.index,
        top_k=arguments.top_k,
        threshold=arguments.threshold,
        where=_where(arguments),
        reader=arguments.reader,
        llm=model if arguments.json else None,
    )
    if arguments.json:
        print_json(_with_sources(answer))
        return answer
    if answer.searched_for != answer.question:
        print(f"Searched for: {_line(answer.searched_for)}")
    print_answer(answer)
    if model and answer.answered:
        print_phrased(answer, model, arguments)
    return answer


def print_answer(answer: Any) -> None:
    from qa.rendering.plain_text import shown_text, shown_words

    print(_line(shown_text(answer)))
    likely = f"({answer.probability:.0%} likely right)"
    if any(citation.words != citation.quote for citation in answer.citations):
        print(f"  {likely}")
        for number, citation in enumerate(answer.citations, 1):
            print(f"  [{number}] {printed_citation(citation)}")
    else:
        for number, citation in enumerate(answer.citations, 1):
            print(f"  [{number}] {_place(citation)} {likely}")
    if answer.conflicting:
        print("Other passages say otherwise:")
    for citation in answer.conflicting:
        print(f"  {_line(shown_words(citation))}: {_quote(citation)}\n      {_place(citation)}")
    if answer.near:
        print(f"The nearest sentences, which may not answer ({answer.probability:.0%} likely):")
    for number, citation in enumerate(answer.near, 1):
        print(f"  {number}. {_quote(citation)}\n     {_place(citation)}")


def search_passages(arguments: argparse.Namespace) -> None:
    from qa.rendering.serialize import passage_record
    from qa.retrieval.rerank import retrieve

    passages = retrieve(
        arguments.question,
        index=arguments.index,
        top_k=arguments.top_k,
        where=_where(arguments),
        reader=arguments.reader,
    )
    if arguments.json:
        records = [passage_record(passage) for passage in passages]
        print_json({"question": arguments.question, "passages": records})
        return
    for number, passage in enumerate(passages, 1):
        print(
            f"  {number}. {passage.score:.2f}  {_line(passage.document.id)}, "
            f"characters {passage.chunk.start}-{passage.chunk.end}\n     {_line(passage.text)}"
        )


def check_citations(arguments: argparse.Namespace) -> None:
    from qa.citation import check

    found = [check(uri, index=arguments.index) for uri in arguments.citations]
    if arguments.json:
        print_json([asdict(checked) for checked in found])
        return
    for checked in found:
        print(f"{checked.status}  {checked.uri}\n  {_line(checked.quote)}")
        for citation in checked.citations:
            print(f"  {'now ' * (checked.status == 'moved')}in {_place(citation)}")
        if checked.status == "stale":
            print("  No document says so today; these are the words of an earlier version.")


def print_status(arguments: argparse.Namespace) -> None:
    from index.store.catalogue import read_catalogue
    from index.store.generation import index_folder, names

    found, folder = read_catalogue(arguments.index), index_folder(arguments.index).resolve()
    if arguments.json:
        about = {"folder": str(folder), "generation": found.name, "size": _size(folder)}
        print_json(asdict(found.manifest) | about | {"generations": names(folder)})
    else:
        _print_catalogue(found, folder)
    if found.trouble:
        raise found.trouble


def _print_catalogue(found: "Catalogue", folder: Path) -> None:
    from index.manifest import read_manifest
    from index.store.generation import names

    manifest = found.manifest
    print(f"index       {folder} (generation {found.name}, {manifest.created})")
    for name in names(folder):
        if name == found.name:
            continue
        with suppress(IndexDamaged):  # It may be gone by now.
            other = read_manifest(folder, name)
            print(
                f"            generation {name}, {other.created}, "
                f"{_counted(len(other.documents), 'document')}: footnote rollback --to {name}"
            )
    print(f"documents   {len(manifest.documents)}")
    print(f"chunks      {manifest.chunks}")
    print(f"encoder     {manifest.encoder.name}, {manifest.encoder.dimension} dimensions")
    print(f"engine      {manifest.engine or 'this machine'}")
    if manifest.faiss_kind:
        print(f"FAISS       {manifest.faiss_kind}{', as named' if manifest.faiss else ''}")
    if manifest.engine:
        print(f"collection  {manifest.engine.collection}")
    print(f"size        {_size(folder) / 1e6:.1f} MB")
    for entry in manifest.documents:
        pages = f", {len(entry.page_starts)} pages" if entry.page_starts else ""
        about = "".join(f", {part}" for part in (entry.author, entry.date) if part)
        print(f"  {_line(entry.id)}: {_line(entry.title + about)} ({entry.size:,} bytes{pages})")
        if entry.note:
            print(f"    {entry.note}")
    for skipped in manifest.skipped:
        print(f"  skipped {_line(skipped.path)}: {_line(skipped.reason)}")


def _size(folder: Path) -> int:
    """Return the bytes of all files in a folder; a build may take some away meanwhile."""
    size = 0
    for file in folder.rglob("*"):
        with suppress(FileNotFoundError):
            size += file.stat().st_size if file.is_file() else 0
    return size


def evaluate_questions(arguments: argparse.Namespace) -> None:
    import tempfile

    from qa.evaluation.evaluate import evaluate, measure, worst
    from qa.evaluation.labels import index_corpus, read_questions

    questions = read_questions(arguments.questions)
    corpus = arguments.corpus
    beside = arguments.questions / "corpus.jsonl"
    if corpus is None and arguments.index is None and beside.is_file():
        corpus = beside
    with tempfile.TemporaryDirectory() as target:
        opened, names = index_corpus(corpus, Path(target)) if corpus else (arguments.index, None)
        outcomes = evaluate(
            questions,
            index=opened,
            names=names,
            threshold=arguments.threshold,
            reader=arguments.reader,
        )
    table, errors = measure(outcomes), worst(outcomes, arguments.errors)
    if arguments.json:
        print_json({"measures": table, "errors": [asdict(outcome) for outcome in errors]})
        return
    for name, value in table.items():
        print(f"{name:24s} {value:10.3f}" if value % 1 else f"{name:24s} {value:10.0f}")
    for outcome in errors:
        expected = outcome.question.answers[0].text if outcome.question.answers else "no answer"
        print(f"\n{outcome.question.id}: {outcome.question.question}")
        print(f"  expected  {expected}\n  found     {outcome.answer}")
        print(f"  probability {outcome.probability:.2f}, documents {', '.join(outcome.documents)}")


def print_feedback(arguments: argparse.Namespace) -> None:
    from index.store.generation import index_folder, open_index
    from qa.evaluation.labels import question_record
    from qa.history.conversations import Conversations
    from qa.history.feedback import labelled, vote_record

    generation = open_index(arguments.index)
    found = labelled(Conversations(index_folder(arguments.index)).voted(), generation)
    lines = [question_record(question) for question in found.questions]
    if arguments.all:
        lines += [vote_record(turn, why) for turn, why in found.others]
    for line in lines:
        print(json.dumps(line, ensure_ascii=False))
    print(found, file=sys.stderr)


def _with_sources(answer: Any) -> dict[str, Any]:
    """Return an answer as plain data, with its passages and the paths of what it cites."""
    from qa.rendering.serialize import answer_record, passage_record

    found = answer_record(answer)
    for name in ("citations", "conflicting", "near"):
        for citation, record in zip(getattr(answer, name), found[name], strict=True):
            record["source"] = citation.source
    return found | {"passages": [passage_record(passage) for passage in answer.passages]}


def _where(arguments: argparse.Namespace) -> dict[str, list[str]]:
    where: dict[str, list[str]] = {}
    for name, value in arguments.where:
        where.setdefault(name, []).append(value)
    if arguments.documents:
        where.setdefault("document", []).extend(arguments.documents)
    return where


def _quote(citation: Any) -> str:
    from qa.rendering.plain_text import shown_quote

    return _line(shown_quote(citation))


def _line(text: str) -> str:
    """Return text on one line, without what a terminal would take for a command."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


def _place(citation: Any) -> str:
    page = f", page {citation.page}" if citation.page else ""
    also = f"; also {', '.join(map(_line, citation.also))}" if citation.also else ""
    return f"{_line(citation.document_id)}{page}, characters {citation.start}-{citation.end}{also}"


def printed_citation(citation: Any) -> str:
    """Return a citation on two lines, its quotation and its place."""
    return f"{_quote(citation)}\n      {_place(citation)}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def print_json(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    print()


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
