"""The progress of a build, as reported to its caller."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, the number of items done and the total number of items.

Stages: "waiting" (for another build, in seconds), "reading" (files), "cutting" (documents),
"embedding" (chunks) and "writing". It may raise `Cancelled`, except in the last call, "writing"
with everything done, because the new index is live by then.
"""


def ignore_progress(stage: str, done: int, total: int) -> None:
    """Accept a progress report and do nothing."""
