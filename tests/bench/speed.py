"""Measure what a person waits for: python tests/bench/speed.py [DATA [READER]]

Cold: from `python app.py` in an empty folder to the first answer, over HTTP and in the terminal.
Warm: the median and the 95th percentile of `ask()` on the seed, with the reader and without, and,
given the folder of labelled sets, among 10,000 chunks, beside the encoder's own time, in turns.
"""

import json
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import index
import qa
from index.encode.encoder import load_encoder
from qa.evaluation.labels import index_corpus, read_json_lines, read_questions

ROOT = Path(__file__).parent.parent.parent
GOLDEN = ROOT / "tests" / "golden" / "seed.jsonl"


def timed(call):
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def show(name, times):
    ordered = sorted(times)
    late = ordered[int(len(ordered) * 0.95)]
    print(f"{name:44s} p50 {statistics.median(times) * 1e3:7.1f} ms   p95 {late * 1e3:7.1f} ms")


def cold():
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
        seconds = timed(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))
        print(f"{'footnote ask in a fresh process':44s} {seconds:11.1f} s")


def warm_on_the_seed(encoder, reader):
    with tempfile.TemporaryDirectory() as folder:
        index.build([ROOT / "seeds"], index=folder, encoder=encoder)
        questions = [line["question"] for line in read_json_lines(GOLDEN)]
        for one in dict.fromkeys((qa.NONE, reader)):
            qa.ask(questions[0], index=folder, reader=one)
            show(
                f"warm ask(), the seed, reader {one}",
                [
                    timed(lambda q=q, one=one: qa.ask(q, index=folder, reader=one))
                    for q in questions[1:]
                ],
            )


def warm_among_many(encoder, data, reader):
    """Ask SQuAD's questions of its paragraphs among the abstracts of another set."""
    with tempfile.TemporaryDirectory() as target:
        corpus = Path(target) / "corpus.jsonl"
        sets = [data / "dev" / "squad2_dev", data / "train" / "scifact"]
        corpus.write_text("".join((folder / "corpus.jsonl").read_text() for folder in sets))
        generation, _ = index_corpus(corpus, Path(target) / "index")
        questions = [question.question for question in read_questions(sets[0])[::6]]
        embedded, unread, found, asked = [], [], [], []
        # Each question is new to the one that is timed with it; the four take turns.
        for one, two, three, four in zip(*[iter(questions)] * 4, strict=False):
            embedded.append(timed(lambda q=one: encoder.embed_question(q)))
            unread.append(timed(lambda q=two: qa.retrieve(q, index=generation)))
            found.append(timed(lambda q=three: qa.retrieve(q, index=generation, reader=reader)))
            asked.append(timed(lambda q=four: qa.ask(q, index=generation, reader=reader)))
        print(f"among {len(generation.chunks):,} chunks")
        show("encoder alone", embedded)
        show("retrieve() without the reader", unread)
        show("retrieve()", found)
        show("ask()", asked)
        ratio = statistics.median(asked) / statistics.median(embedded)
        print(f"ask() takes {ratio:.1f} times what the encoder takes for the question")


if __name__ == "__main__":
    cold()
    encoder, reader = load_encoder(), sys.argv[2] if len(sys.argv) > 2 else qa.EMBEDDED
    warm_on_the_seed(encoder, reader)
    if len(sys.argv) > 1:
        warm_among_many(encoder, Path(sys.argv[1]), reader)
