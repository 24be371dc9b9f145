"""What the server writes down while it runs: one line for each event, on standard error.

As JSON for programs, an object a line; or as text, to be read by a person. What strangers sent can
break no line and begin none: it is escaped as in JSON, all but ASCII too. What happens is told by
`note`; which events there are is left to those who tell them, the most to `ledger`.
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
LOGGER.addHandler(logging.NullHandler())  # Unless it is asked for, nothing is written.

MOST_CHARACTERS = 8_000
"""Of each field; of a traceback, the last ones."""


def note(
    event: str,
    fields: Mapping[str, object],
    *,
    level: int = logging.INFO,
    failed: bool = False,
) -> None:
    """Write down that something happened; with `failed`, the exception that is on its way too."""
    LOGGER.log(level, event, extra={"fields": fields}, exc_info=failed)


def start_log(form: str | None) -> None:
    """Write what happens from now on as "json" or "text"; without a form, only what Python itself
    writes of warnings and errors.

    With "json", whatever is printed to standard error becomes lines of that kind too.
    """
    if form is None:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines(form))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.raiseExceptions = False  # A line that cannot be written is not written about.
    LOGGER.setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _failed
    threading.excepthook = lambda told: _failed(told.exc_type, told.exc_value, told.exc_traceback)
    if form == "json":
        sys.stderr = Printed()


class Lines(logging.Formatter):
    """Writes a record as one line: "time level event name=value …", or these as JSON."""

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
        if not ours:  # What a library says.
            fields |= {"from": record.name, "text": record.getMessage()[:MOST_CHARACTERS]}
        for name, value in getattr(record, "fields", {}).items():
            fields[name] = value[:MOST_CHARACTERS] if isinstance(value, str) else value
        if record.exc_info and record.exc_info[0]:
            fields["error"] = record.exc_info[0].__name__
            fields["traceback"] = "".join(traceback.format_exception(*record.exc_info))[
                -MOST_CHARACTERS:
            ]
        if self._as_json:
            return json.dumps(fields, default=str)
        head = [fields.pop(name) for name in ("time", "level", "event")]
        return " ".join([*head, *(f"{name}={_shown(value)}" for name, value in fields.items())])


class Printed(io.TextIOBase):
    """Stands for standard error: each line that is printed is written down as an event "printed".

    What is in the middle of a line waits for its end.
    """

    encoding = "utf-8"

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._begun = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._lock:
            *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            if line.strip():
                note("printed", {"text": line})
        return len(text)


def _shown(value: object) -> str:
    """Return a value of a line of text; one with a space, a quote or the like in it as in JSON.

    >>> _shown("done"), _shown(0.5), _shown("a b"), _shown("a\\nb")
    ('done', '0.5', '"a b"', '"a\\\\nb"')
    """
    if isinstance(value, str):
        plain = value.isascii() and value.isprintable() and not set(value) & set(' "=\\')
        return value if plain and value else json.dumps(value)
    return json.dumps(value, default=str)


def _failed(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """Write down what ended a thread, as Python would print it."""
    if issubclass(kind, KeyboardInterrupt | SystemExit):
        return
    found = (kind, error or kind(), trace)
    LOGGER.error("error", extra={"fields": {}}, exc_info=found)
