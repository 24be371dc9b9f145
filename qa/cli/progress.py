"""Show the progress of a build at a terminal: what is done, how fast, and the time left.

Nothing is printed to a file or a pipe, except who is waited for.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from index.progress import Progress, ignore_progress
from index.store.generation import index_folder
from index.store.lock import describe_holder


@contextmanager
def progress_bars() -> Iterator[Progress]:
    """Yield a function to report progress to, shown as bars on standard error meanwhile."""
    if not sys.stderr.isatty():
        yield ignore_progress
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(elapsed_when_finished=True),
    )
    with Bars(*columns, console=Console(stderr=True), redirect_stdout=False) as bars:
        tasks = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, rate="")
            task = bars.tasks[list(tasks).index(stage)]
            speed = task.finished_speed or task.speed
            rate = f"{speed:,.0f} a second" if speed else ""
            bars.update(tasks[stage], completed=done, total=total, rate=rate)

        yield report


def announce_waiting(progress: Progress, index: str | None) -> Progress:
    """Return a function that passes progress on, and first prints who is waited for, if anybody."""

    def report(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("waiting", 0):
            holder = describe_holder(index_folder(index).resolve())
            print(
                f"footnote: {holder}. Waiting for it, at most {total} seconds.",
                file=sys.stderr,
                flush=True,
            )
        progress(stage, done, total)

    return report
