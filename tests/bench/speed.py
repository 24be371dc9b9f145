"""Measure how long a user waits: python tests/bench/speed.py [DATA [READER]]

Cold: from `python app.py` with an empty index to the first answer, over HTTP and in the terminal.
Warm: the median and the 95th percentile of `ask()` on the seed, with and without the reader, and,
given the folder of labelled sets, on 10,000 chunks, compared with the encoder alone.
"""

import argparse
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from timing import measure_seconds, percentile

import index
import qa
from index.encode.encoder import load_encoder
from qa.evaluation.labels import index_corpus, read_json_lines, read_questions

ROOT = Path(__file__).parent.parent.parent
GOLDEN = ROOT / "tests" / "golden" / "seed.jsonl"


def print_times(name, times):
    p50, p95 = statistics.median(times) * 1e3, percentile(times, 0.95) * 1e3
    print(f"{name:44s} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms")


def measure_cold_start():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        server = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port), "--index", folder],
            cwd=ROOT,
            stderr=subprocess.DEVNULL,
        )
        try:
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()
                    break
                except OSError:
                    time.sleep(0.05)
            page = time.perf_counter() - start
            config = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/config"))
            submit = next(d for d in config["dependencies"] if "submit" in str(d["targets"]))
            body = {
                "data": ["Who hosted the Secretary General in Tokyo?", []],
                "fn_index": submit["id"],
                "session_hash": "bench",
            }
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/gradio_api/queue/join",
                json.dumps(body).encode(),
                {"Content-Type": "application/json"},
            )
            urllib.request.urlopen(request).read()
            stream = f"http://127.0.0.1:{port}/gradio_api/queue/data?session_hash=bench"
            answer = next(line for line in urllib.request.urlopen(stream) if b"Ishiba" in line)
            assert b"cite=" in answer
            print(f"{'python app.py, index to be built: page':44s} {page:11.1f} s")
            print(f"{'the same: first answer':44s} {time.perf_counter() - start:11.1f} s")
        finally:
            server.terminate()
            server.wait()
        command = [Path(sys.executable).with_name("footnote"), "ask", "--index", folder, "Who?"]
        seconds = measure_seconds(
            lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        )
        print(f"{'footnote ask in a fresh process':44s} {seconds:11.1f} s")


def measure_on_seed(encoder, reader):
    with tempfile.TemporaryDirectory() as folder:
        index.build([ROOT / "seeds"], index=folder, encoder=encoder)
        questions = [line["question"] for line in read_json_lines(GOLDEN)]
        for one in dict.fromkeys((qa.NONE, reader)):
            qa.ask(questions[0], index=folder, reader=one)
            print_times(
                f"warm ask(), the seed, reader {one}",
                [
                    measure_seconds(lambda q=q, one=one: qa.ask(q, index=folder, reader=one))
                    for q in questions[1:]
                ],
            )


def measure_on_many_chunks(encoder, data, reader):
    """Ask the questions of SQuAD on its paragraphs and the abstracts of another set."""
    with tempfile.TemporaryDirectory() as target:
        corpus = Path(target) / "corpus.jsonl"
        sets = [data / "dev" / "squad2_dev", data / "train" / "scifact"]
        corpus.write_text("".join((folder / "corpus.jsonl").read_text() for folder in sets))
        generation, _ = index_corpus(corpus, Path(target) / "index")
        questions = [question.question for question in read_questions(sets[0])[::6]]
        embedded, unread, found, asked = [], [], [], []
        # Each call gets a question that is new to it, so that nothing is cached.
        for one, two, three, four in zip(*[iter(questions)] * 4, strict=False):
            embedded.append(measure_seconds(lambda q=one: encoder.embed_question(q)))
            unread.append(
                measure_seconds(lambda q=two: qa.retrieve(q, index=generation, reader=qa.NONE))
            )
            found.append(
                measure_seconds(lambda q=three: qa.retrieve(q, index=generation, reader=reader))
            )
            asked.append(measure_seconds(lambda q=four: qa.ask(q, index=generation, reader=reader)))
        print(f"on {len(generation.chunks):,} chunks")
        print_times("encoder alone", embedded)
        print_times("retrieve() without the reader", unread)
        print_times("retrieve()", found)
        print_times("ask()", asked)
        ratio = statistics.median(asked) / statistics.median(embedded)
        print(f"ask() takes {ratio:.1f} times what the encoder takes for the question")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", help="folder with the labelled sets")
    parser.add_argument("reader", nargs="?", default=qa.EMBEDDED, help="as in footnote ask")
    arguments = parser.parse_args()
    measure_cold_start()
    encoder = load_encoder()
    measure_on_seed(encoder, arguments.reader)
    if arguments.data:
        measure_on_many_chunks(encoder, arguments.data, arguments.reader)


if __name__ == "__main__":
    main()
