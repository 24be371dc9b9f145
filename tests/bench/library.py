"""Measure the cost of a build besides embedding: python tests/bench/library.py [FILES [DATA]]

Creates and indexes FILES documents of mixed formats, then changes one and moves one. The time of
each later build is printed as a share of the first. With DATA, the folder of labelled sets, the
texts of one set are indexed, and the time besides embedding is printed as a share of the embedding
time, both within the same builds and against the encoder alone on the same texts, alternating with
the builds. The latter share varies with the load of the machine.
"""

import argparse
import copy
import io
import random
import statistics
import tempfile
import time
from pathlib import Path

from timing import measure_seconds

import index
from index.encode.encoder import load_encoder
from index.ingest.rows import LIBRARY_BATCH_SIZE, make_rows
from index.store.generation import open_index
from index.store.library import Library
from qa.evaluation.labels import read_json_lines

SEED = next((Path(__file__).parent.parent.parent / "seeds").glob("*.txt")).read_text()
WORDS = sorted(set(SEED.split()))
ROUNDS = 5


def make_text(number, chance):
    sentences = [" ".join(chance.sample(WORDS, 12)) + "." for _ in range(8)]
    return f"Report {number}. " + " ".join(sentences)


def write_document(path, text):
    """Write a text as a file in the format of its suffix."""
    if path.suffix == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook()
        book.active.append([text])
        book.save(path)
    elif path.suffix == ".pdf":
        from reportlab.lib.styles import getSampleStyleSheet
        from reportlab.platypus import Paragraph, SimpleDocTemplate

        stream = io.BytesIO()
        SimpleDocTemplate(stream).build([Paragraph(text, getSampleStyleSheet()["Normal"])])
        path.write_bytes(stream.getvalue())
    elif path.suffix == ".html":
        path.write_text(f"<html><body><p>{text}</p></body></html>")
    elif path.suffix == ".csv":
        path.write_text("number,text\n1," + text.replace(",", ";") + "\n")
    else:
        path.write_text(text)


def embed_timed(embed, texts, spent):
    """Embed texts and append the seconds that it took to `spent`."""
    start = time.perf_counter()
    try:
        return embed(texts)
    finally:
        spent.append(time.perf_counter() - start)


def measure_changes(count, encoder):
    chance = random.Random(0)
    suffixes = (".txt", ".md", ".html", ".csv", ".pdf", ".xlsx")
    with tempfile.TemporaryDirectory() as name:
        docs, home = Path(name, "docs"), Path(name, "index")
        for number in range(count):
            suffix = suffixes[number % len(suffixes)]
            path = docs / f"{number // 100}" / f"{number}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_document(path, make_text(number, chance))
        build = {"index": home, "encoder": encoder}
        first = measure_seconds(lambda: index.build([docs], **build))
        print(f"{count:,} files, {len(open_index(home).chunks):,} chunks: first {first:.1f} s")
        write_document(docs / "0" / "0.txt", make_text("new", chance))
        again = measure_seconds(lambda: index.build([docs], **build))
        print(f"one changed: {again:.2f} s, {again / first:.1%} of the first")
        (docs / "0" / "1.md").rename(docs / "0" / "moved.md")
        again = measure_seconds(lambda: index.build([docs], **build))
        print(f"one moved: {again:.2f} s, {again / first:.1%} of the first")
        again = measure_seconds(lambda: index.build([docs], **build))
        print(f"none changed: {again:.2f} s, {again / first:.1%} of the first")


def measure_overhead(data, encoder):
    """Compare a build with the encoder alone on the same texts in the same batches."""
    corpus = data / "dev" / "clapnq_dev" / "corpus.jsonl"
    with tempfile.TemporaryDirectory() as name:
        docs, warm = Path(name, "docs"), Path(name, "warm")
        docs.mkdir()
        for number, line in enumerate(read_json_lines(corpus)):
            (docs / f"{number}.txt").write_text(line["text"])
        # Untimed, because imports and loading at the first use belong to neither measurement.
        index.build([docs], index=warm, encoder=encoder)
        entries = open_index(warm).manifest.documents
        rows = make_rows(entries, Library.open(warm), encoder, lambda *_: None)
        texts = sorted(dict.fromkeys(rows.texts), key=len)

        def embed():
            for first in range(0, len(texts), LIBRARY_BATCH_SIZE):
                encoder.embed_passages(texts[first : first + LIBRARY_BATCH_SIZE])

        ratios = []
        for turn in range(ROUNDS):
            spent = []
            clocked = copy.copy(encoder)
            clocked.embed_passages = lambda t, s=spent: embed_timed(encoder.embed_passages, t, s)
            home = Path(name, f"index {turn}")

            def build(home=home, clocked=clocked):
                index.build([docs], index=home, encoder=clocked)

            if turn % 2:
                whole, alone = measure_seconds(build), measure_seconds(embed)
            else:
                alone, whole = measure_seconds(embed), measure_seconds(build)
            rest = whole - sum(spent)
            ratios.append((whole / alone - 1, rest / sum(spent)))
            print(
                f"{len(texts):,} chunks: build {whole:.1f} s, of which {rest:.2f} s are not "
                f"embedding; encoder alone {alone:.1f} s",
                flush=True,
            )
    turns, inside = map(statistics.median, zip(*ratios, strict=True))
    print(
        f"besides embedding: {inside:.1%} within the builds, {turns:.1%} against the encoder alone"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=int, nargs="?", default=2000, help="documents to create")
    parser.add_argument("data", type=Path, nargs="?", help="folder with the labelled sets")
    arguments = parser.parse_args()
    encoder = load_encoder()
    encoder.embed_passages(["to warm up"])
    measure_changes(arguments.files, encoder)
    if arguments.data:
        measure_overhead(arguments.data, encoder)


if __name__ == "__main__":
    main()
