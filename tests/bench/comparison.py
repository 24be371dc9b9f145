"""What was measured of each product, round by round -> a table, the goals, and a figure."""

import statistics
from dataclasses import dataclass
from xml.sax.saxutils import escape

INDEXING_GOAL = 2.5
"""How many times the documents per second of the fastest peer."""


@dataclass(frozen=True, slots=True)
class Building:
    """What indexing a corpus took, in seconds and bytes.

    `seconds` are without loading the model, and so are those of the processors, `processor`, which
    what else the machine does lengthens less; `whole` is with all.
    """

    documents: int
    pieces: int
    seconds: float
    processor: float
    whole: float
    memory: int
    disk: int


@dataclass(frozen=True, slots=True)
class Serving:
    """What answering took: `first` in seconds from the start of the process, `later` in ms each.

    A rank is that of the right document, from 1, or 0 where it was not among the results; `ranks`
    is None where nothing is ranked.
    """

    first: float
    later: tuple[float, ...]
    memory: int
    ranks: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Turn:
    """One round of one product; `building` is None where the index of the turn before serves."""

    serving: Serving
    building: Building | None


def rank_of(found, gold):
    """Return the place of the first right name, from 1, or 0.

    >>> rank_of(["a", "b", "c"], {"c", "b"}), rank_of(["a"], {"b"})
    (2, 0)
    """
    return next((place for place, name in enumerate(found, 1) if name in gold), 0)


def late(times):
    """Return the 95th percentile.

    >>> late(range(1, 101))
    96
    """
    ordered = sorted(times)
    return ordered[int(len(ordered) * 0.95)]


BUILDING = {
    "documents/s": lambda built: built.documents / built.seconds,
    "documents per processor second": lambda built: built.documents / built.processor,
    "whole build, s": lambda built: built.whole,
    "memory building, MB": lambda built: built.memory / 1e6,
    "on disk, MB": lambda built: built.disk / 1e6,
}
SERVING = {
    "first answer, s": lambda served: served.first,
    "query p50, ms": lambda served: statistics.median(served.later),
    "query p95, ms": lambda served: late(served.later),
    "memory serving, MB": lambda served: served.memory / 1e6,
}
RANKING = {
    "hit@1": lambda served: sum(rank == 1 for rank in served.ranks) / len(served.ranks),
    "MRR": lambda served: sum(1 / rank for rank in served.ranks if rank) / len(served.ranks),
}
TABLE = ("documents/s", "memory building, MB", "on disk, MB", *SERVING, *RANKING)
"""The columns of the table; each tells the median over the rounds."""

MORE_IS_BETTER = ("documents/s", *RANKING)
DECIMALS = {"documents/s": 0, "hit@1": 3, "MRR": 3, "query p50, ms": 0, "query p95, ms": 0}
DECIMALS |= {"memory building, MB": 0, "memory serving, MB": 0}
DRAWN = ("documents/s", "first answer, s", "query p50, ms")
DRAWN += ("memory serving, MB", "on disk, MB", "hit@1")


def values_of(turns, measure):
    """Return a measure of a product, round by round; nothing where it does not have it."""
    if measure in BUILDING:
        return [BUILDING[measure](turn.building) for turn in turns if turn.building]
    if measure in SERVING:
        return [SERVING[measure](turn.serving) for turn in turns]
    return [RANKING[measure](turn.serving) for turn in turns if turn.serving.ranks is not None]


def median_of(turns, measure):
    """Return the median over a product's rounds, or None where it does not have the measure."""
    values = values_of(turns, measure)
    return statistics.median(values) if values else None


def written(value, measure):
    return "–" if value is None else f"{value:,.{DECIMALS.get(measure, 1)}f}"


def table(measured):
    """Return a Markdown table: a product a row, a measure a column, the best of each in bold.

    `measured` holds the rounds of each product by its name.
    """
    columns = {}
    for measure in TABLE:
        values = [median_of(turns, measure) for turns in measured.values()]
        told = [written(value, measure) for value in values]
        choose = max if measure in MORE_IS_BETTER else min
        best = written(choose(value for value in values if value is not None), measure)
        columns[measure] = [f"**{cell}**" if cell == best else cell for cell in told]
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row, name in enumerate(measured):
        lines.append(f"| {name} | " + " | ".join(cells[row] for cells in columns.values()) + " |")
    return "\n".join(lines)


def ratio_to_fastest(measured, ours, measure="documents/s"):
    """Return the fastest peer in indexing and our speed as a multiple of its.

    Each round is a pair of its own; the median of their ratios is told.
    """
    peers = {name: turns for name, turns in measured.items() if name not in ours}
    fastest = max(peers, key=lambda name: median_of(peers[name], measure))
    speeds = (values_of(measured[name], measure) for name in (ours[0], fastest))
    return fastest, statistics.median(our / their for our, their in zip(*speeds, strict=True))


def goals(measured, ours):
    """Return lines on the goals: what was reached, and whether that is enough.

    `ours` are the names of our own ways; the first is the default one, with the reader loaded.
    """
    fastest, ratio = ratio_to_fastest(measured, ours)
    frugal, spent = ratio_to_fastest(measured, ours, "documents per processor second")
    serving = {name: median_of(turns, "memory serving, MB") for name, turns in measured.items()}
    least = min((name for name in measured if name not in ours), key=serving.get)
    most = max(serving[name] for name in ours)
    return [
        f"indexing: {ratio:.2f} times the fastest peer, {fastest}; the goal is {INDEXING_GOAL} "
        f"times: {_verdict(ratio >= INDEXING_GOAL)}",
        f"the same by the processors' time: {spent:.2f} times {frugal}",
        f"peak memory serving, reader loaded: {most:,.0f} MB; the goal is to stay below every "
        f"peer, the least of which is {least} with {serving[least]:,.0f} MB: "
        f"{_verdict(most < serving[least])}",
    ]


def _verdict(reached):
    return "reached" if reached else "not reached"


WIDTH, COLUMN, ROW, NAMES = 880, 440, 22, 150
MARGIN, HEAD = 20, 34


def figure(measured, ours, caption):
    """Return an SVG: a panel of bars for each drawn measure, our own in another colour.

    It brings a white ground, so that it reads alike on a light and on a dark page.
    """
    height = MARGIN + HEAD + ROW * len(measured)
    parts, total = [], MARGIN * 2 + height * ((len(DRAWN) + 1) // 2)
    for number, measure in enumerate(DRAWN):
        left, top = COLUMN * (number % 2) + MARGIN, height * (number // 2) + MARGIN
        parts += _panel(measured, ours, measure, left, top)
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


def _panel(measured, ours, measure, left, top):
    better = "more" if measure in MORE_IS_BETTER else "less"
    parts = [
        f'<text class="head" x="{left}" y="{top + 14}">{measure}</text>',
        f'<text class="small" x="{left + NAMES}" y="{top + 14}">{better} is better</text>',
    ]
    medians = {name: median_of(turns, measure) for name, turns in measured.items()}
    values = {name: value for name, value in medians.items() if value is not None}
    scale = (COLUMN - NAMES - 2 * MARGIN - 50) / max(values.values())
    for row, (name, value) in enumerate(values.items()):
        y = top + HEAD + ROW * row
        colour = "ours" if name in ours else "theirs"
        long = value * scale
        shown = escape(name.replace("`", ""))
        parts += [
            f'<text x="{left}" y="{y + 4}">{shown}</text>',
            f'<rect class="{colour}" x="{left + NAMES}" y="{y - 7}" width="{long:.1f}" '
            'height="14"/>',
            f'<text x="{left + NAMES + long + 6:.1f}" y="{y + 4}">{written(value, measure)}</text>',
        ]
    return parts
