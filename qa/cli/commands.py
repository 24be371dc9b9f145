"""Run the `footnote` commands: from parsed arguments to calls, and from results to `printing`.

The arguments are defined in `arguments`. A little long, because each command is a function here.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from index.backup import back_up, restore
from index.build import build, remove
from index.errors import FootnoteError, InvalidArgument, NoMatch
from index.progress import Progress, ignore_progress
from index.rollback import rollback
from index.store.catalogue import read_catalogue
from index.store.generation import index_folder, list_generations, open_index
from index.text.invisible import reveal_controls
from index.text.plural import count_noun
from index.watch import watch
from qa.answer import Answer
from qa.citation import check
from qa.cli import printing
from qa.cli.each import ask_every_document, build_where
from qa.cli.printing import one_line, print_json
from qa.cli.progress import announce_waiting, progress_bars
from qa.evaluation.evaluate import compute_metrics, evaluate, find_worst
from qa.evaluation.labels import (
    find_wrong_labels,
    index_corpus,
    read_questions,
    serialize_question,
)
from qa.handle import ask, retrieve
from qa.history.conversations import Conversations
from qa.history.feedback import label_votes, vote_record
from qa.llm.endpoint import LanguageModel, check_installed
from qa.pipeline import phrase
from qa.retrieval.arguments import DEFAULT_TOP_K
from qa.retrieval.exchanges import MAX_HISTORY, Exchange, PastExchange, check_history

MAX_WRONG_LABELS = 10
"""Labels that are listed, of those that do not fit the documents."""


def index_paths(arguments: argparse.Namespace) -> None:
    if arguments.watch:
        if arguments.prune:
            raise FootnoteError("--watch and --prune do not go together; prune once, then watch.")
        if arguments.dask:
            raise FootnoteError("--watch and --dask do not go together; embed once, then watch.")
        _watch_paths(arguments)
        return
    with progress_bars() as progress:
        report = build(
            arguments.paths,
            **_build_options(arguments),
            dask=arguments.dask,
            prune=arguments.prune,
            **_waiting(arguments, progress),
        )
    _print_report(report, arguments)


def _watch_paths(arguments: argparse.Namespace) -> None:
    print("Watching; stop with Ctrl-C.", file=sys.stderr)
    with progress_bars() as progress:
        for report in watch(arguments.paths, **_build_options(arguments), progress=progress):
            if isinstance(report, FootnoteError):
                print(f"footnote: {reveal_controls(str(report))}", file=sys.stderr, flush=True)
            else:
                _print_report(report, arguments)
                sys.stdout.flush()


def _build_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the options that `build` and `watch` share."""
    names = ("index", "encoder", "engine", "engine_uri", "faiss")
    return {name: getattr(arguments, name) for name in names}


def _waiting(arguments: argparse.Namespace, progress: Progress = ignore_progress) -> dict[str, Any]:
    """Return the options of a call that waits for whoever changes the index, and names them."""
    return {"patience": arguments.wait, "progress": announce_waiting(progress, arguments.index)}


def _print_report(report: Any, arguments: argparse.Namespace) -> None:
    if arguments.json:
        print_json(asdict(report))
    else:
        printing.print_report(report)


def remove_documents(arguments: argparse.Namespace) -> None:
    with progress_bars() as progress:
        report = remove(
            arguments.documents,
            index=arguments.index,
            prune=arguments.prune,
            **_waiting(arguments, progress),
        )
    _print_report(report, arguments)


def roll_back(arguments: argparse.Namespace) -> None:
    name = rollback(index=arguments.index, to=arguments.to, **_waiting(arguments))
    if arguments.json:
        print_json({"generation": name})
    else:
        print(f"Generation {name} is live now.")


def back_up_index(arguments: argparse.Namespace) -> None:
    name = back_up(arguments.file, index=arguments.index, **_waiting(arguments))
    size = Path(arguments.file).stat().st_size
    if arguments.json:
        print_json({"generation": name, "file": arguments.file, "size": size})
    else:
        print(f"Generation {name} is in {one_line(arguments.file)}, {size / 1e6:.1f} MB.")


def restore_index(arguments: argparse.Namespace) -> None:
    name = restore(arguments.file, index=arguments.index)
    folder = str(index_folder(arguments.index).resolve())
    if arguments.json:
        print_json({"generation": name, "folder": folder})
    else:
        print(f"Generation {name} is live in {one_line(folder)}.")


def language_model(url: str | None, name: str | None) -> LanguageModel | None:
    """Return the language model of --llm and --llm-model; None without one.

    Raises `FootnoteError` where only one of the two is given, or openai is not installed.
    """
    if url is None and name is None:
        return None
    if not url or not name:
        raise FootnoteError("--llm and --llm-model go together: --llm URL --llm-model NAME")
    check_installed()
    return LanguageModel(url, name)


def ask_question(arguments: argparse.Namespace) -> None:
    if arguments.each or arguments.csv or arguments.xlsx or arguments.markdown:
        ask_every_document(arguments)
        return
    llm = language_model(arguments.llm, arguments.llm_model)
    if len(arguments.questions) > 1:
        raise InvalidArgument(
            f"{len(arguments.questions)} questions were given; ask one, or put several to each "
            "document with --each. Write a question of several words in quotation marks."
        )
    if not arguments.questions:
        _ask_line_by_line(arguments, llm)
    else:
        _answer_question(arguments.questions[0], _read_history(arguments.history), arguments, llm)


def _ask_line_by_line(arguments: argparse.Namespace, llm: LanguageModel | None) -> None:
    """Answer each line of standard input as a question that may follow up on those before it."""
    interactive = sys.stdin.isatty()
    if isinstance(sys.stdin, TextIOWrapper):  # A question that is not UTF-8 is then refused.
        sys.stdin.reconfigure(errors="surrogateescape")
    if interactive:
        print("Ask; /new begins a new conversation, Ctrl-D ends.", file=sys.stderr)
    history: list[PastExchange] = [*_read_history(arguments.history)]
    while True:
        if interactive:
            print("> ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        if line.strip() == "/new":
            history = []
        elif line.strip():
            try:
                history = [
                    *history[1 - MAX_HISTORY :],
                    _answer_question(line, history, arguments, llm),
                ]
            except (InvalidArgument, NoMatch) as error:  # Another question may do.
                if arguments.json:  # One value for each question, for programs that count.
                    print_json({"question": line.strip(), "error": str(error)})
                print(f"footnote: {reveal_controls(str(error))}", file=sys.stderr)
            sys.stdout.flush()


def _answer_question(
    question: str,
    history: Sequence[PastExchange],
    arguments: argparse.Namespace,
    llm: LanguageModel | None,
) -> Answer:
    answer = ask(
        question,
        history=history,
        index=arguments.index,
        top_k=arguments.top_k or DEFAULT_TOP_K,
        threshold=arguments.threshold,
        where=build_where(arguments),
        reader=arguments.reader,
        llm=llm if arguments.json else None,
    )
    if arguments.json:
        print_json(printing.answer_with_passages(answer))
        return answer
    printing.print_answer(answer)
    if llm and answer.outcome == "answer":
        printer = printing.PhrasingPrinter()
        answer = phrase(
            answer,
            llm,
            index=arguments.index,
            reader=arguments.reader,
            on_sentence=printer.print_sentence,
        )
        if answer.phrased:
            printer.print_end(answer.phrased)
    return answer


def search_passages(arguments: argparse.Namespace) -> None:
    passages = retrieve(
        arguments.question,
        history=_read_history(arguments.history),
        index=arguments.index,
        top_k=arguments.top_k or DEFAULT_TOP_K,
        where=build_where(arguments),
        reader=arguments.reader,
    )
    if arguments.json:
        records = [passage.to_dict() for passage in passages]
        print_json({"question": arguments.question, "passages": records})
    else:
        printing.print_passages(passages)


def _read_history(path: Path | None) -> tuple[Exchange, ...]:
    """Return the answers in a file: a JSON list of them, or one JSON object after another.

    Questions that were refused are left out.
    """
    if path is None:
        return ()
    try:
        text = path.read_text("utf-8").strip()
        decoder, found, end = json.JSONDecoder(), list[Any](), 0
        while end < len(text):
            value, end = decoder.raw_decode(text, end)
            found += value if isinstance(value, list) else [value]
            end += len(text[end:]) - len(text[end:].lstrip())
    except (ValueError, RecursionError) as error:
        raise InvalidArgument(
            f"{path} is not JSON. Give a file of answers as footnote ask --json prints them."
        ) from error
    return check_history([one for one in found if not (isinstance(one, dict) and "error" in one)])


def check_citations(arguments: argparse.Namespace) -> None:
    results = [check(uri, index=arguments.index) for uri in arguments.citations]
    if arguments.json:
        print_json([asdict(checked) for checked in results])
        return
    for checked in results:
        printing.print_checked(checked)


def print_status(arguments: argparse.Namespace) -> None:
    catalogue, folder = read_catalogue(arguments.index), index_folder(arguments.index).resolve()
    if arguments.json:
        size = printing.folder_size(folder)
        about = {"folder": str(folder), "generation": catalogue.name, "size": size}
        print_json(asdict(catalogue.manifest) | about | {"generations": list_generations(folder)})
    else:
        printing.print_catalogue(catalogue, folder)
    if catalogue.engine_error:
        raise catalogue.engine_error


def evaluate_questions(arguments: argparse.Namespace) -> None:
    questions = read_questions(arguments.questions)
    corpus = arguments.corpus
    if corpus and arguments.index:
        raise InvalidArgument("--corpus and --index do not go together. Leave one of them out.")
    beside = arguments.questions / "corpus.jsonl"
    if corpus is None and arguments.index is None and beside.is_file():
        corpus = beside
    with tempfile.TemporaryDirectory() as target:
        index, names = index_corpus(corpus, Path(target)) if corpus else (arguments.index, None)
        outcomes = evaluate(
            questions,
            index=index,
            names=names,
            threshold=arguments.threshold,
            reader=arguments.reader,
        )
        # The documents of a corpus have other names here.
        wrong = [] if corpus else find_wrong_labels(questions, open_index(index))
    measures, errors = compute_metrics(outcomes), find_worst(outcomes, arguments.errors)
    if wrong:
        listed = "\n  ".join(wrong[:MAX_WRONG_LABELS])
        print(
            f"footnote: {count_noun(len(wrong), 'label')} did not fit the documents, so that "
            f"their answers may be judged wrongly:\n  {reveal_controls(listed)}",
            file=sys.stderr,
        )
    if arguments.json:
        print_json({"measures": measures, "errors": [asdict(outcome) for outcome in errors]})
    else:
        printing.print_measures(measures, errors)


def print_feedback(arguments: argparse.Namespace) -> None:
    opened = open_index(arguments.index)
    votes = label_votes(Conversations(index_folder(arguments.index)).voted_turns(), opened)
    lines = [serialize_question(question) for question in votes.questions]
    if arguments.all:
        lines += [vote_record(turn, why) for turn, why in votes.others]
    for line in lines:
        print(json.dumps(line, ensure_ascii=False))
    print(votes, file=sys.stderr)
