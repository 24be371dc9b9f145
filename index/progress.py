"""How far a build is, as it is reported to the caller."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called with the name of a stage, the number of items done, and the number of items in all.

Stages: "waiting" (for another build, in seconds), "reading" (files), "cutting" (documents),
"embedding" (chunks) and "writing". It may raise `Cancelled`, but not at the last call, "writing"
with everything done: the new index is live by then.
"""


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""
