"""Measure how an index grows: python tests/bench/growth.py DATA [--sizes 1000 10000 100000]

Chunks are made up: their texts of sentences of a labelled set put together anew, their vectors of
those of its paragraphs, each moved a little. For each size: seconds to write the index and, in
a fresh process, to open it; milliseconds (median and 95th percentile) of the encoder alone, of
`retrieve` without the reader, of searching half of the documents by meaning and of `ask`, in turns;
the share of the ten nearest vectors that is found; memory and disk. Prints a table in Markdown.
"""

import argparse
import hashlib
import json
import random
import re
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index import generation
from index.documents import Extract
from index.embed import load_encoder
from index.library import Library
from index.manifest import FORMAT, EncoderRecord, Entry, Manifest
from qa.labels import read_lines

SET = "dev/squad2_dev"
CHUNKS = 50
"""Chunks of a document."""
MOVED = 0.5
"""Length of what is added to a vector of length 1."""
ASKED = 200


def make(data, size, folder):
    """Write an index of `size` chunks into `folder` and return the seconds that it took."""
    chance, noise = random.Random(0), np.random.default_rng(0)
    encoder = load_encoder()
    paragraphs = [line["text"] for line in read_lines(data / SET / "corpus.jsonl")]
    sentences = [s for text in paragraphs for s in re.split(r"(?<=[.?!])\s+", text)]
    real = encoder.embed_passages(paragraphs)
    vectors = np.empty((size, encoder.dimension), dtype=np.float32)
    for first in range(0, size, 10_000):
        some = real[noise.integers(len(real), size=min(10_000, size - first))]
        some = some + MOVED / encoder.dimension**0.5 * noise.standard_normal(some.shape)
        vectors[first : first + len(some)] = some / np.linalg.norm(some, axis=1, keepdims=True)
    library, entries, chunks, texts = Library.open(folder, writable=True), [], [], []
    for number in range(-(-size // CHUNKS)):
        text, parts = "", []
        for _ in range(min(CHUNKS, size - len(texts))):
            part = " ".join(chance.sample(sentences, 5))
            chunks.append((number, len(text), len(text) + len(part)))
            text += part + "\n"
            parts.append(part)
        texts += parts
        name, sha256 = f"{number}.txt", hashlib.sha256(text.encode()).hexdigest()
        library.keep_extract(sha256, ".txt", Extract(name, text, "text/plain"))
        entries.append(Entry(name, name, name, "text/plain", (), sha256, sha256, len(text)))
    library.settle()
    record = EncoderRecord(
        encoder.name, encoder.weights_sha256, encoder.dimension, encoder.dtype, encoder.prompts
    )
    made = datetime.now(UTC).isoformat(timespec="seconds")
    manifest = Manifest(FORMAT, made, record, 200, tuple(entries), (), size, {})
    start = time.perf_counter()
    name = generation.write_generation(folder, manifest, np.array(chunks), vectors, texts)
    generation.swap(folder, name)
    taken = time.perf_counter() - start
    library.close()
    return taken


def serve(folder, questions):
    """Open an index, search it, and print what was measured; in a process of its own."""
    begin = time.perf_counter()
    opened = generation.open_index(folder)
    opening = time.perf_counter() - begin
    import qa

    begin = time.perf_counter()
    qa.ask(questions[0], index=folder)
    first = time.perf_counter() - begin
    encoder, among = load_encoder(), opened.rows_of(range(0, len(opened.manifest.documents), 2))
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
    said = {name: np.percentile(taken, (50, 95)).round(1).tolist() for name, taken in times.items()}
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    every, hits = opened.dense.vectors(range(len(opened.chunks))), 0
    for vector in vectors:
        nearest = np.argpartition(-(every @ vector), 10)[:10].tolist()
        hits += len(set(nearest) & set(list(opened.dense.search(vector, 100))[:10]))
    said |= {"open": round(opening, 2), "first": round(first, 1), "peak": int(peak[1]) // 1000}
    print(json.dumps(said | {"recall": hits / (10 * len(vectors))}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=(1_000, 10_000, 100_000, 1_000_000))
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    lines = read_lines(arguments.data / SET / "questions.jsonl")
    questions = [line["question"] for line in lines][:ASKED]
    if arguments.serve:
        return serve(arguments.serve, questions)
    print(
        "| chunks | written, s | on disk, MB | opened, s | encoder, ms | `retrieve`, ms | half, ms "
        "| `ask()`, ms | recall@10 | memory, MB |\n" + "|---" * 10 + "|"
    )
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as target:
            written = make(arguments.data, size, Path(target))
            disk = sum(f.stat().st_size for f in Path(target).rglob("*") if f.is_file()) / 1e6
            command = [sys.executable, __file__, str(arguments.data), "--serve", target]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        said = json.loads(done.stdout)
        times = [
            f"{p50} / {p95}" for p50, p95 in map(said.get, ("encoder", "retrieve", "half", "ask"))
        ]
        row = [f"{size:,}", f"{written:.1f}", f"{disk:,.0f}", said["open"], *times]
        print(
            "|",
            " | ".join(map(str, [*row, f"{said['recall']:.3f}", said["peak"]])),
            "|",
            flush=True,
        )
    return None


if __name__ == "__main__":
    main()
