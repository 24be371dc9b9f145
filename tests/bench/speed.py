"""Measure what a person waits for: python tests/bench/speed.py [DATA]

Cold: from `python app.py` in an empty folder to the first answer, over HTTP and in the terminal.
Warm: the median and the 95th percentile of `ask()` on the seed, and, given the folder of labelled
sets, of `ask()` and of `retrieve()` beside the encoder's own time for the same questions, in turns.
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
from index.embed import load_encoder
from qa.evaluate import index_corpus, read_lines, read_questions

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


def warm_on_the_seed(encoder):
    with tempfile.TemporaryDirectory() as folder:
        index.build([ROOT / "seeds"], index=folder, encoder=encoder)
        questions = [line["question"] for line in read_lines(GOLDEN)]
        qa.ask(questions[0], index=folder)
        show(
            "warm ask(), the seed, new questions",
            [timed(lambda q=q: qa.ask(q, index=folder)) for q in questions[1:]],
        )


def warm_on_a_set(encoder, folder):
    with tempfile.TemporaryDirectory() as target:
        generation, _ = index_corpus(folder / "corpus.jsonl", Path(target))
        questions = [question.question for question in read_questions(folder)[::6]]
        embedded, found, asked = [], [], []
        # Each question is new to the one that is timed with it; the three take turns.
        for first, second, third in zip(*[iter(questions)] * 3, strict=False):
            embedded.append(timed(lambda q=first: encoder.embed_question(q)))
            found.append(timed(lambda q=second: qa.retrieve(q, index=generation)))
            asked.append(timed(lambda q=third: qa.ask(q, index=generation)))
        chunks = f"{folder.name}, {len(generation.chunks):,} chunks"
        show(f"encoder alone, {chunks}", embedded)
        show(f"retrieve(), {chunks}", found)
        show(f"ask(), {chunks}", asked)
        ratio = statistics.median(found) / statistics.median(embedded)
        print(f"retrieve() takes {ratio:.2f} of the encoder's own time")


if __name__ == "__main__":
    cold()
    encoder = load_encoder()
    warm_on_the_seed(encoder)
    if len(sys.argv) > 1:
        warm_on_a_set(encoder, Path(sys.argv[1]) / "dev" / "squad2_dev")
