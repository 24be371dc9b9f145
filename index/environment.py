"""Environment variables for libraries that read them once, while they are loaded."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1"}
"""Without this, onnxruntime reports to its makers."""


@contextmanager
def set_environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """Set variables within a block; the process and its later children keep their own.

    A variable whose value is None is not set, but is as before after the block, whoever sets it.

    >>> with set_environment({"FOOTNOTE_EXAMPLE": "1"}):
    ...     os.environ["FOOTNOTE_EXAMPLE"]
    '1'
    >>> "FOOTNOTE_EXAMPLE" in os.environ
    False
    """
    before = {name: os.environ.get(name) for name in values}
    os.environ.update({name: value for name, value in values.items() if value is not None})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
