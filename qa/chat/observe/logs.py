"""The server's log: one line for each event, on standard error, as JSON or as text.

Text from clients cannot break a line or forge one: it is escaped as in JSON, to ASCII. `log_event`
writes an event; which events there are is up to its callers, mostly `events`.

With JSON, standard error itself is captured. Gradio prints the traceback of an unexpected error,
which any client can provoke with a malformed request, and messages of the start are printed too:
uncaptured, these would be lines that a program cannot parse.
"""

import io
import json
import logging
import sys
import threading
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

LOGGER = logging.getLogger("footnote")
LOGGER.addHandler(logging.NullHandler())  # Nothing is written until `start_logging`.

MAX_FIELD_LENGTH = 8_000
"""The most characters of a field; of a traceback, the last ones are kept."""


def log_event(
    event: str,
    fields: Mapping[str, object],
    *,
    level: int = logging.INFO,
    failed: bool = False,
) -> None:
    """Log an event; with `failed`, also the exception that is being handled."""
    LOGGER.log(level, event, extra={"fields": fields}, exc_info=failed)


def start_logging(form: str | None) -> None:
    """Log events as "json" or "text" from now on; with None, only as Python does by default.

    Uncaught exceptions, warnings and the messages of libraries are logged in the same form. With
    "json", so is whatever is printed to standard error.
    """
    if form is None:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(EventFormatter(form))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.raiseExceptions = False  # A line that cannot be written must not cause another.
    LOGGER.setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = lambda args: _log_uncaught(
        args.exc_type, args.exc_value, args.exc_traceback
    )
    if form == "json":
        sys.stderr = StderrCapture()


class EventFormatter(logging.Formatter):
    """Formats a record as one line: "time level event name=value …", or the same as JSON."""

    def __init__(self, form: str) -> None:
        super().__init__()
        self._as_json = form == "json"

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        ours = record.name == LOGGER.name
        fields: dict[str, Any] = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.msg if ours else "message",
        }
        if not ours:
            # The first line of a library's message says what is wrong; further ones may quote what
            # a client sent, such as a question.
            text = record.getMessage().partition("\n")[0]
            fields |= {"from": record.name, "text": text[:MAX_FIELD_LENGTH]}
        for name, value in getattr(record, "fields", {}).items():
            fields[name] = value[:MAX_FIELD_LENGTH] if isinstance(value, str) else value
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__
            fields["traceback"] = "".join(traceback.format_exception(*record.exc_info))[
                -MAX_FIELD_LENGTH:
            ]
        if self._as_json:
            return json.dumps(fields, default=str)
        head = [fields.pop(name) for name in ("time", "level", "event")]
        return " ".join(
            [*head, *(f"{name}={_format_value(value)}" for name, value in fields.items())]
        )


class StderrCapture(io.TextIOBase):
    """Replaces standard error: each line that is printed becomes an event "printed".

    An incomplete line is kept until its end is printed.
    """

    encoding = "utf-8"

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._incomplete = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._lock:
            *lines, self._incomplete = (self._incomplete + text).split("\n")
        for line in lines:
            if line.strip():
                log_event("printed", {"text": line})
        return len(text)


def _format_value(value: object) -> str:
    """Format a value for a line of text: as it is if unambiguous there, else as JSON.

    >>> _format_value("done"), _format_value(0.5), _format_value("a b"), _format_value("a\\nb")
    ('done', '0.5', '"a b"', '"a\\\\nb"')
    """
    if isinstance(value, str):
        plain = value.isascii() and value.isprintable() and not set(value) & set(' "=\\')
        return value if plain and value else json.dumps(value)
    return json.dumps(value, default=str)


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """Log the exception that ended a thread or the program, as Python would print it."""
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    found = (kind, error or kind(), trace)
    LOGGER.error("error", extra={"fields": {}}, exc_info=found)
