"""Measure what a build costs beside embedding: python tests/bench/library.py [FILES [DATA]]

FILES (2,000 unless told) documents of mixed formats are made and indexed, then one is changed, and
one is moved: the later builds' time is given as a part of the first one's. With DATA, the folder of
labelled sets, the texts of one are indexed, and the time of all but embedding is given as a part of
the time that the encoder takes for the same texts, measured in the same run, in turns.
"""

import io
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

import index
from index.embed import load_encoder
from index.generation import open_index
from index.library import Library
from index.rows import make_rows
from qa.labels import read_lines

SEED = next((Path(__file__).parent.parent.parent / "seeds").glob("*.txt")).read_text()
WORDS = sorted(set(SEED.split()))


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
    """Compare a whole build with the encoder alone on the same texts."""
    ratios = []
    corpus = data / "dev" / "clapnq_dev" / "corpus.jsonl"
    for _ in range(3):
        with tempfile.TemporaryDirectory() as name:
            docs, home = Path(name, "docs"), Path(name, "index")
            docs.mkdir()
            for number, line in enumerate(read_lines(corpus)):
                (docs / f"{number}.txt").write_text(line["text"])
            whole = timed(lambda d=docs, h=home: index.build([d], index=h, encoder=encoder))
            opened = open_index(home)
            library = Library.open(home)
            rows = make_rows(opened.manifest.documents, library, encoder, lambda *stage: None)
            texts = sorted(rows.texts, key=len)
            alone = timed(
                lambda t=texts: [
                    encoder.embed_passages(t[first : first + 256])
                    for first in range(0, len(t), 256)
                ]
            )
            ratios.append(whole / alone - 1)
            print(f"{len(texts):,} chunks: build {whole:.1f} s, encoder alone {alone:.1f} s")
    print(f"all but embedding adds {statistics.median(ratios):.1%} at the median")


if __name__ == "__main__":
    encoder = load_encoder()
    encoder.embed_passages(["to warm up"])
    changes(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, encoder)
    if len(sys.argv) > 2:
        overhead(Path(sys.argv[2]), encoder)
