"""Measure how an index grows: python tests/bench/growth.py DATA [--sizes 1000 10000 100000]

The chunks are synthetic: their texts are random sentences of a labelled set, their vectors those of
its paragraphs with noise. For each size: seconds to write the index and, in a fresh process, to
open it; milliseconds (median and 95th percentile) of the encoder alone, of `retrieve` without the
reader, of a dense search in half of the documents and of `ask`, alternating; recall of the ten
nearest vectors; memory and disk. Prints a Markdown table and draws a figure.
"""

import argparse
import hashlib
import json
import math
import random
import re
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index.encode.encoder import load_encoder
from index.manifest import FORMAT_VERSION, EncoderRecord, Entry, Manifest
from index.search.engine import SearchRows
from index.store import generation, write
from index.store.library import Library
from index.text.canonical import Extract
from qa.evaluation.labels import read_json_lines

TEXT_SET = "dev/squad2_dev"
CHUNKS_PER_DOCUMENT = 50
"""Chunks of a document."""
NOISE_LENGTH = 0.5
"""Length of the noise that is added to a vector of length 1."""
QUESTION_COUNT = 200
WARM_UP_QUESTIONS = 300
"""Questions asked before the measurement, as on a server that has run for a while."""
FIGURE = Path(__file__).with_name("growth.svg")

WIDTH, HEIGHT, LEFT, TOP, NAMES = 190, 150, 64, 46, 84
"""Size of a panel's plot, the space left of it and above it, and the width of line names."""
COLOURS = ("#0b5d62", "#b5652b", "#6b6f9c")
PANELS = {
    "milliseconds at the median": {"ask()": "ask", "retrieve()": "retrieve", "encoder": "encoder"},
    "seconds": {"to write": "written", "to open": "open"},
    "MB": {"on disk": "disk", "memory": "peak"},
}
"""The panels of the figure: names of lines and the keys of `measure_size`."""


def make_index(data, size, folder):
    """Write an index of `size` chunks into `folder` and return the seconds that it took."""
    chance, noise = random.Random(0), np.random.default_rng(0)
    encoder = load_encoder()
    paragraphs = [line["text"] for line in read_json_lines(data / TEXT_SET / "corpus.jsonl")]
    sentences = [s for text in paragraphs for s in re.split(r"(?<=[.?!])\s+", text)]
    real = encoder.embed_passages(paragraphs)
    vectors = np.empty((size, encoder.dimension), dtype=np.float32)
    for first in range(0, size, 10_000):
        some = real[noise.integers(len(real), size=min(10_000, size - first))]
        some = some + NOISE_LENGTH / encoder.dimension**0.5 * noise.standard_normal(some.shape)
        vectors[first : first + len(some)] = some / np.linalg.norm(some, axis=1, keepdims=True)
    library, entries, chunks, texts = Library.open(folder, writable=True), [], [], []
    for number in range(-(-size // CHUNKS_PER_DOCUMENT)):
        text, parts = "", []
        for _ in range(min(CHUNKS_PER_DOCUMENT, size - len(texts))):
            part = " ".join(chance.sample(sentences, 5))
            chunks.append((number, len(text), len(text) + len(part)))
            text += part + "\n"
            parts.append(part)
        texts += parts
        name, sha256 = f"{number}.txt", hashlib.sha256(text.encode()).hexdigest()
        library.save_extract(sha256, ".txt", Extract(name, text, "text/plain"))
        entries.append(Entry(name, name, name, "text/plain", (), sha256, sha256, len(text)))
    library.checkpoint()
    record = EncoderRecord(
        encoder.name, encoder.weights_sha256, encoder.dimension, encoder.dtype, encoder.prompts
    )
    made = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(FORMAT_VERSION, made, record, 200, tuple(entries), (), size, {})
    start = time.perf_counter()
    name = write.write_generation(folder, manifest, SearchRows(np.array(chunks), vectors, texts))
    write.make_live(folder, name)
    taken = time.perf_counter() - start
    library.close()
    return taken


def measure_serving(folder, questions):
    """Open an index, search it, and print the measurements as JSON; in a process of its own."""
    begin = time.perf_counter()
    opened = generation.open_index(folder)
    opening = time.perf_counter() - begin
    import qa

    begin = time.perf_counter()
    qa.ask(questions[0], index=folder)
    first = time.perf_counter() - begin
    for question in questions[QUESTION_COUNT:]:
        qa.retrieve(question, index=opened, reader="none")
    del questions[QUESTION_COUNT:]
    encoder, among = (
        load_encoder(),
        opened.rows_of_documents(range(0, len(opened.manifest.documents), 2)),
    )
    vectors = [encoder.embed_question(question) for question in questions]
    ways = {
        "encoder": lambda question, vector: encoder._embed_question(question),
        "retrieve": lambda question, vector: qa.retrieve(question, index=opened, reader="none"),
        "ask": lambda question, vector: qa.ask(question, index=opened),
        "half": lambda question, vector: opened.dense.search(vector, 100, among=among),
    }
    times = {name: [] for name in ways}
    for question, vector in zip(questions, vectors, strict=True):
        for name, call in ways.items():
            encoder.embed_question.cache_clear()
            begin = time.perf_counter()
            call(question, vector)
            times[name].append((time.perf_counter() - begin) * 1e3)
    result = {
        name: np.percentile(taken, (50, 95)).round(1).tolist() for name, taken in times.items()
    }
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    every, hits = opened.dense.vectors(range(len(opened.chunks))), 0
    for vector in vectors:
        nearest = np.argpartition(-(every @ vector), 10)[:10].tolist()
        hits += len(set(nearest) & set(list(opened.dense.search(vector, 100))[:10]))
    result |= {"open": round(opening, 2), "first": round(first, 1), "peak": int(peak[1]) // 1000}
    print(json.dumps(result | {"recall": hits / (10 * len(vectors))}))


def measure_size(data, size):
    """Make an index of `size` chunks and return its measurements by name."""
    with tempfile.TemporaryDirectory() as target:
        written = make_index(data, size, Path(target))
        disk = sum(f.stat().st_size for f in Path(target).rglob("*") if f.is_file()) / 1e6
        command = [sys.executable, __file__, str(data), "--serve", target]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout) | {"written": round(written, 1), "disk": round(disk)}


def draw_figure(measured):
    """Return an SVG with lines over the number of chunks, on logarithmic scales.

    `measured` are the results of `measure_size` by the number of chunks.
    """
    step, height = LEFT + WIDTH + NAMES, TOP + HEIGHT + 40
    parts = [
        part
        for number, (name, lines) in enumerate(PANELS.items())
        for part in draw_panel(name, lines, measured, number * step + LEFT)
    ]
    style = (
        "text{font:12px sans-serif;fill:#1d2528} .head{font-weight:bold;font-size:13px} "
        "polyline{fill:none;stroke-width:2} .grid{stroke:#dcdcd6} .small{fill:#59666b}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {step * len(PANELS)} {height}" '
        f'width="{step * len(PANELS)}" height="{height}"><style>{style}</style>'
        f'<rect width="100%" height="100%" rx="6" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def draw_panel(name, lines, measured, left):
    def median(found):
        return max(found[0] if isinstance(found, list) else found, 0.01)

    sizes = [math.log10(size) for size in measured]
    drawn = {
        line: [math.log10(median(found[key])) for found in measured.values()]
        for line, key in lines.items()
    }
    low = math.floor(min(map(min, drawn.values())))
    high = math.ceil(max(map(max, drawn.values())))

    def x(size):
        return left + WIDTH * (size - sizes[0]) / (sizes[-1] - sizes[0] or 1)

    def y(value):
        return TOP + HEIGHT * (high - value) / (high - low)

    parts = [f'<text class="head" x="{left}" y="{TOP - 20}">{name}</text>']
    for power in range(low, high + 1):
        at = y(power)
        parts.append(f'<path class="grid" d="M{left} {at:.1f}h{WIDTH}"/>')
        parts.append(
            f'<text class="small" x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">'
            f"{10.0**power:,g}</text>"
        )
    for number, size in zip(measured, sizes, strict=True):
        result = f"{number // 1000:,} k" if number < 1_000_000 else f"{number / 1e6:g} M"
        parts.append(
            f'<text class="small" x="{x(size):.1f}" y="{TOP + HEIGHT + 20}" '
            f'text-anchor="middle">{result}</text>'
        )
    beneath = 0.0  # Names are placed below one another at the end of the lines.
    ends = sorted(zip(drawn.items(), COLOURS, strict=False), key=lambda line: -line[0][1][-1])
    for (line, values), colour in ends:
        points = " ".join(f"{x(s):.1f},{y(v):.1f}" for s, v in zip(sizes, values, strict=True))
        beneath = max(beneath + 14, y(values[-1]) + 4)
        parts.append(f'<polyline points="{points}" stroke="{colour}"/>')
        parts.append(
            f'<text x="{left + WIDTH + 6}" y="{beneath:.1f}" style="fill:{colour}">{line}</text>'
        )
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=(1_000, 10_000, 100_000, 1_000_000))
    parser.add_argument("--figure", type=Path, default=FIGURE)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    lines = read_json_lines(arguments.data / TEXT_SET / "questions.jsonl")
    questions = [line["question"] for line in lines][: QUESTION_COUNT + WARM_UP_QUESTIONS]
    if arguments.serve:
        return measure_serving(arguments.serve, questions)
    print(
        "| chunks | written, s | on disk, MB | opened, s | encoder, ms | `retrieve`, ms | half, ms "
        "| `ask()`, ms | recall@10 | memory, MB |\n" + "|---" * 10 + "|"
    )
    measured = {}
    for size in arguments.sizes:
        result = measured[size] = measure_size(arguments.data, size)
        ways = ("encoder", "retrieve", "half", "ask")
        times = [f"{p50} / {p95}" for p50, p95 in map(result.get, ways)]
        row = [f"{size:,}", result["written"], f"{result['disk']:,}", result["open"], *times]
        print(
            "|",
            " | ".join(map(str, [*row, f"{result['recall']:.3f}", result["peak"]])),
            "|",
            flush=True,
        )
    arguments.figure.write_text(draw_figure(measured), encoding="utf-8")
    return None


if __name__ == "__main__":
    main()
