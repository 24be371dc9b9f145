"""Show the progress of a build at a terminal: what is done, how fast, and the time left.

Nothing is printed to a file or a pipe.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from index.progress import Progress, ignore_progress


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
