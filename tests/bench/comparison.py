"""Measurements of each product, round by round -> a table, the goals reached, and a figure."""

import statistics
from dataclasses import dataclass
from xml.sax.saxutils import escape

from timing import percentile

MIN_INDEXING_RATIO = 2.5
"""The goal of indexing: documents per second as a multiple of those of the fastest peer."""


@dataclass(frozen=True, slots=True)
class BuildCost:
    """The cost of indexing a corpus, in seconds and bytes.

    `seconds` and `processor` exclude loading the model, `whole` includes it. `processor` is CPU
    time, which other work on the machine affects less.
    """

    documents: int
    pieces: int
    seconds: float
    processor: float
    whole: float
    memory: int
    disk: int


@dataclass(frozen=True, slots=True)
class ServingCost:
    """The cost of answering: `first` in seconds from the start of the process, `later` in ms each.

    `ranks` are those of the right document, from 1, or 0 where it was not among the results. They
    are None for a product that ranks no documents.
    """

    first: float
    later: tuple[float, ...]
    memory: int
    ranks: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class ProductRun:
    """One round of one product; `building` is None if it used the index of the run before."""

    serving: ServingCost
    building: BuildCost | None


def find_rank(found, gold):
    """Return the rank of the first right name, from 1, or 0 if there is none.

    >>> find_rank(["a", "b", "c"], {"c", "b"}), find_rank(["a"], {"b"})
    (2, 0)
    """
    return next((place for place, name in enumerate(found, 1) if name in gold), 0)


BUILD_METRICS = {
    "documents/s": lambda built: built.documents / built.seconds,
    "documents per processor second": lambda built: built.documents / built.processor,
    "whole build, s": lambda built: built.whole,
    "memory building, MB": lambda built: built.memory / 1e6,
    "on disk, MB": lambda built: built.disk / 1e6,
}
SERVING_METRICS = {
    "first answer, s": lambda served: served.first,
    "query p50, ms": lambda served: statistics.median(served.later),
    "query p95, ms": lambda served: percentile(served.later, 0.95),
    "memory serving, MB": lambda served: served.memory / 1e6,
}
RANKING_METRICS = {
    "hit@1": lambda served: sum(rank == 1 for rank in served.ranks) / len(served.ranks),
    "MRR": lambda served: sum(1 / rank for rank in served.ranks if rank) / len(served.ranks),
}
TABLE_METRICS = (
    "documents/s",
    "memory building, MB",
    "on disk, MB",
    *SERVING_METRICS,
    *RANKING_METRICS,
)
"""The columns of the table; each shows the median over the rounds."""

HIGHER_IS_BETTER = ("documents/s", *RANKING_METRICS)
DECIMALS = {"documents/s": 0, "hit@1": 3, "MRR": 3, "query p50, ms": 0, "query p95, ms": 0}
DECIMALS |= {"memory building, MB": 0, "memory serving, MB": 0}
FIGURE_METRICS = ("documents/s", "first answer, s", "query p50, ms")
FIGURE_METRICS += ("memory serving, MB", "on disk, MB", "hit@1")


def values_of(runs, metric):
    """Return a product's values of a metric, one per round that has it."""
    if metric in BUILD_METRICS:
        return [BUILD_METRICS[metric](run.building) for run in runs if run.building]
    if metric in SERVING_METRICS:
        return [SERVING_METRICS[metric](run.serving) for run in runs]
    return [RANKING_METRICS[metric](run.serving) for run in runs if run.serving.ranks is not None]


def median_of(runs, metric):
    """Return the median over a product's rounds, or None if none of them has the metric."""
    values = values_of(runs, metric)
    return statistics.median(values) if values else None


def format_value(value, metric):
    return "–" if value is None else f"{value:,.{DECIMALS.get(metric, 1)}f}"


def make_table(results):
    """Return a Markdown table with products as rows and metrics as columns, the best in bold.

    `results` are the rounds of each product by its name.
    """
    columns = {}
    for metric in TABLE_METRICS:
        values = [median_of(runs, metric) for runs in results.values()]
        cells = [format_value(value, metric) for value in values]
        choose = max if metric in HIGHER_IS_BETTER else min
        best = format_value(choose(value for value in values if value is not None), metric)
        columns[metric] = [f"**{cell}**" if cell == best else cell for cell in cells]
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row, name in enumerate(results):
        lines.append(f"| {name} | " + " | ".join(cells[row] for cells in columns.values()) + " |")
    return "\n".join(lines)


def compare_with_fastest(results, ours, metric="documents/s"):
    """Return the peer that indexes fastest, and our speed as a multiple of its speed.

    It is the median of the ratios in each round.
    """
    peers = {name: runs for name, runs in results.items() if name not in ours}
    fastest = max(peers, key=lambda name: median_of(peers[name], metric))
    speeds = (values_of(results[name], metric) for name in (ours[0], fastest))
    return fastest, statistics.median(our / their for our, their in zip(*speeds, strict=True))


def check_goals(results, ours):
    """Return a line for each goal: the figure that was measured and whether it is reached.

    `ours` are the names of Footnote's rows; the first is the default one, with the reader loaded.
    """
    fastest, ratio = compare_with_fastest(results, ours)
    frugal, spent = compare_with_fastest(results, ours, "documents per processor second")
    serving = {name: median_of(runs, "memory serving, MB") for name, runs in results.items()}
    least = min((name for name in results if name not in ours), key=serving.get)
    most = max(serving[name] for name in ours)
    return [
        f"indexing: {ratio:.2f} times the fastest peer, {fastest}; the goal is "
        f"{MIN_INDEXING_RATIO} times: {_verdict(ratio >= MIN_INDEXING_RATIO)}",
        f"indexing by CPU time: {spent:.2f} times {frugal}",
        f"peak memory serving, reader loaded: {most:,.0f} MB; the goal is to stay below every "
        f"peer, the least of which is {least} with {serving[least]:,.0f} MB: "
        f"{_verdict(most < serving[least])}",
    ]


def _verdict(reached):
    return "reached" if reached else "not reached"


WIDTH, COLUMN, ROW, NAMES = 880, 440, 22, 150
MARGIN, HEAD = 20, 34


def draw_figure(results, ours, caption):
    """Return an SVG with a panel of bars for each metric, Footnote's in another colour.

    The background is white, so that it is legible on light and dark pages.
    """
    height = MARGIN + HEAD + ROW * len(results)
    parts, total = [], MARGIN * 2 + height * ((len(FIGURE_METRICS) + 1) // 2)
    for number, metric in enumerate(FIGURE_METRICS):
        left, top = COLUMN * (number % 2) + MARGIN, height * (number // 2) + MARGIN
        parts += _panel(results, ours, metric, left, top)
    parts.append(f'<text class="small" x="{MARGIN}" y="{total - 12}">{escape(caption)}</text>')
    style = (
        "text{font:13px sans-serif;fill:#1d2528} .head{font-weight:bold} "
        ".small{font-size:12px;fill:#59666b} .ours{fill:#0b5d62} .theirs{fill:#b9b9b2}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{total}" '
        f'viewBox="0 0 {WIDTH} {total}"><style>{style}</style>'
        f'<rect width="{WIDTH}" height="{total}" rx="6" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _panel(results, ours, metric, left, top):
    better = "more" if metric in HIGHER_IS_BETTER else "less"
    parts = [
        f'<text class="head" x="{left}" y="{top + 14}">{metric}</text>',
        f'<text class="small" x="{left + NAMES}" y="{top + 14}">{better} is better</text>',
    ]
    medians = {name: median_of(runs, metric) for name, runs in results.items()}
    values = {name: value for name, value in medians.items() if value is not None}
    scale = (COLUMN - NAMES - 2 * MARGIN - 50) / max(values.values())
    for row, (name, value) in enumerate(values.items()):
        y = top + HEAD + ROW * row
        colour = "ours" if name in ours else "theirs"
        long = value * scale
        label = escape(name.replace("`", ""))
        end = left + NAMES + long + 6
        parts += [
            f'<text x="{left}" y="{y + 4}">{label}</text>',
            f'<rect class="{colour}" x="{left + NAMES}" y="{y - 7}" width="{long:.1f}" '
            'height="14"/>',
            f'<text x="{end:.1f}" y="{y + 4}">{format_value(value, metric)}</text>',
        ]
    return parts
