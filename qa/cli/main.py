"""The entry point of the `footnote` command.

Results go to standard output, progress and errors to standard error. Exit codes: 0 for success,
also when the answer is "not in the documents" and when a server is told to stop; 1 for a
`FootnoteError`; 2 for a command that is not understood; 130 after Ctrl-C and 143 after SIGTERM.
"""

import sys
from collections.abc import Sequence
from io import TextIOWrapper

from index.errors import FootnoteError
from index.text.invisible import reveal_controls
from qa.cli.arguments import ChatServer, build_parser
from qa.cli.stopping import Terminated, stop_at_sigterm
from qa.cli.streams import drop_unwritten_output, open_closed_streams


def main(argv: Sequence[str] | None, chat: ChatServer) -> int:
    """Run one command and return its exit code; `chat` serves the web page."""
    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # So that any text of a document can be printed.
            stream.reconfigure(errors="backslashreplace")
    arguments = build_parser(chat).parse_args(argv)
    try:
        with stop_at_sigterm():
            arguments.run(arguments)
            sys.stdout.flush()
    except FootnoteError as error:
        print(f"footnote: {reveal_controls(str(error))}", file=sys.stderr)
        return 1
    except OSError as error:
        drop_unwritten_output()
        if isinstance(error, BrokenPipeError):
            return 0  # The reader of a pipe, such as `head`, has closed it.
        where = f"{error.filename}: " if error.filename else ""
        print(f"footnote: {reveal_controls(f'{where}{error.strerror or error}')}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stopped:
        print("footnote: stopped", file=sys.stderr)
        if not isinstance(stopped, Terminated):
            return 130
        return 0 if arguments.command == "chat" else 143
    return 0
