"""How far a build is, told to a person at a terminal: what is done, of how much, how fast, and the
time left. To a file or a pipe nothing is said."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from index.progress import Progress


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Show bars on standard error while the block runs what is given the result to report to."""
    if not sys.stderr.isatty():
        yield lambda stage, done, total: None
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
