"""Measure what a build costs beside embedding: python tests/bench/library.py [FILES [DATA]]

FILES (2,000 unless told) documents of mixed formats are made and indexed, then one is changed, and
one is moved: the later builds' time is given as a part of the first one's. With DATA, the folder of
labelled sets, the texts of one are indexed, and the time of all but embedding is given as a part of
the time that embedding takes: that within the same builds, and that of the encoder alone for the
same texts, in turns with the builds. The second swings with whatever else the machine does.
"""

import copy
import io
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import index
from index.encode.encoder import load_encoder
from index.ingest.rows import LIBRARY_BATCH_SIZE, make_rows
from index.store.generation import open_index
from index.store.library import Library
from qa.evaluation.labels import read_json_lines

SEED = next((Path(__file__).parent.parent.parent / "seeds").glob("*.txt")).read_text()
WORDS = sorted(set(SEED.split()))
ROUNDS = 5


def text_of(number, chance):
    sentences = [" ".join(chance.sample(WORDS, 12)) + "." for _ in range(8)]
    return f"Report {number}. " + " ".join(sentences)


def write_document(path, text):
    """Write a text as a file of the format that the suffix tells."""
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


def timed(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def clock(embed, texts, spent):
    """Embed, and add the seconds that it took to `spent`."""
    start = time.perf_counter()
    try:
        return embed(texts)
    finally:
        spent.append(time.perf_counter() - start)


def changes(count, encoder):
    chance = random.Random(0)
    suffixes = (".txt", ".md", ".html", ".csv", ".pdf", ".xlsx")
    with tempfile.TemporaryDirectory() as name:
        docs, home = Path(name, "docs"), Path(name, "index")
        for number in range(count):
            suffix = suffixes[number % len(suffixes)]
            path = docs / f"{number // 100}" / f"{number}{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_document(path, text_of(number, chance))
        build = {"index": home, "encoder": encoder}
        first = timed(lambda: index.build([docs], **build))
        print(f"{count:,} files, {len(open_index(home).chunks):,} chunks: first {first:.1f} s")
        write_document(docs / "0" / "0.txt", text_of("new", chance))
        again = timed(lambda: index.build([docs], **build))
        print(f"one changed: {again:.2f} s, {again / first:.1%} of the first")
        (docs / "0" / "1.md").rename(docs / "0" / "moved.md")
        again = timed(lambda: index.build([docs], **build))
        print(f"one moved: {again:.2f} s, {again / first:.1%} of the first")
        again = timed(lambda: index.build([docs], **build))
        print(f"none changed: {again:.2f} s, {again / first:.1%} of the first")


def overhead(data, encoder):
    """Compare a whole build with the encoder alone on the same texts, in the same batches."""
    corpus = data / "dev" / "clapnq_dev" / "corpus.jsonl"
    with tempfile.TemporaryDirectory() as name:
        docs, warm = Path(name, "docs"), Path(name, "warm")
        docs.mkdir()
        for number, line in enumerate(read_json_lines(corpus)):
            (docs / f"{number}.txt").write_text(line["text"])
        # Not timed: what is imported and loaded at the first use belongs to neither.
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
            clocked.embed_passages = lambda t, s=spent: clock(encoder.embed_passages, t, s)
            home = Path(name, f"index {turn}")

            def build(home=home, clocked=clocked):
                index.build([docs], index=home, encoder=clocked)

            if turn % 2:
                whole, alone = timed(build), timed(embed)
            else:
                alone, whole = timed(embed), timed(build)
            rest = whole - sum(spent)
            ratios.append((whole / alone - 1, rest / sum(spent)))
            print(
                f"{len(texts):,} chunks: build {whole:.1f} s, of which {rest:.2f} s are not the "
                f"encoder's; encoder alone {alone:.1f} s",
                flush=True,
            )
    turns, inside = map(statistics.median, zip(*ratios, strict=True))
    print(f"all but embedding adds {inside:.1%} at the median, {turns:.1%} as told by turns")


if __name__ == "__main__":
    encoder = load_encoder()
    encoder.embed_passages(["to warm up"])
    changes(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, encoder)
    if len(sys.argv) > 2:
        overhead(Path(sys.argv[2]), encoder)
