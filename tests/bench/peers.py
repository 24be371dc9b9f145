"""Compare Footnote with similar products: python tests/bench/peers.py DATA

These are txtai, LlamaIndex, LangChain and Haystack. Each product indexes the same texts with the
same encoder, in a process of its own, and answers the same questions in another, fresh one. The
products alternate, and the medians over the rounds are reported. The others are used as in their
documentation (see peers/) and get the texts, Footnote gets the files. Their current versions are
installed in a virtual environment, which --folder keeps for the next run.
"""

import argparse
import itertools
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import comparison

from index.encode.encoder import bundled_encoder_folder
from qa.evaluation.labels import read_json_lines, read_questions

HERE = Path(__file__).parent
TORCH = "torch>=2.6,<2.14"
PEERS = {
    "txtai": ("txtai", "sentence-transformers"),
    "LlamaIndex": ("llama-index-core", "llama-index-embeddings-huggingface"),
    "LangChain": (
        *("langchain", "langchain-community", "langchain-huggingface"),
        *("langchain-text-splitters", "faiss-cpu", "sentence-transformers"),
    ),
    "Haystack": ("haystack-ai", "sentence-transformers-haystack"),
}
"""Packages to install for each, besides torch; all get the newest sentence-transformers."""

MODES = {"Footnote": "read", "Footnote, no reader": "unread", "Footnote, `ask()`": "ask"}
"""Footnote's modes by the name of their row; all use one index."""

FILLER_SETS = (
    *("train/scifact", "train/squadshifts_new_wiki"),
    *("train/squadshifts_amazon_reviews", "train/squadshifts_reddit"),
)
"""Sets whose texts enlarge a corpus; none is about the topics of the questions."""


def make_environments(folder):
    """Return the Python of each peer: one environment for all, or one each if they conflict."""
    every = dict.fromkeys(itertools.chain.from_iterable(PEERS.values()))
    try:
        return dict.fromkeys(PEERS, install(folder / "peers", tuple(every)))
    except subprocess.CalledProcessError:
        print("the peers conflict in one environment: each gets its own", file=sys.stderr)
        return {name: install(folder / name, needs) for name, needs in PEERS.items()}


def install(folder, needs):
    """Make a virtual environment, with torch first so that the others pull in no newer one."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "installed.txt"
    if not stamp.is_file() or stamp.read_text().split("\n") != list(needs):
        print(f"installing {', '.join(needs)}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        for wanted in ((TORCH,), (TORCH, *needs)):
            command = [python, "-m", "pip", "install", "--quiet", *wanted]
            subprocess.run(command, check=True, stdout=sys.stderr)
        stamp.write_text("\n".join(needs))
    return python


def write_corpus(data, name, documents, target):
    """Write each text of a set to a file, without duplicates.

    Texts of other sets follow until there are `documents`. The names hold no title, so that all
    products have the same information. Returns the file names by the labels' ids, and the number
    of files.
    """
    target.mkdir()
    names, seen = {}, {}
    for folder in (name, *FILLER_SETS):
        for line in read_json_lines(data / folder / "corpus.jsonl"):
            if folder != name and len(seen) >= documents:
                break
            text = line["text"]
            if text not in seen:
                seen[text] = f"{len(seen):06d}.txt"
                (target / seen[text]).write_text(text, "utf-8", newline="")
            if folder == name:
                names[str(line["id"])] = seen[text]
    if len(seen) < documents:
        sys.exit(f"{data} has {len(seen):,} texts; --documents {documents:,} cannot be reached.")
    return names, len(seen)


def run_job(python, script, task, *mode):
    """Run one job in a process of its own and return its measurements."""
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HAYSTACK_TELEMETRY_ENABLED": "False"}
    if mode:
        root = str(HERE.parent.parent)
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (root, os.getenv("PYTHONPATH"))))
    else:
        environment.pop("PYTHONPATH", None)
    with tempfile.TemporaryDirectory() as name:
        out = Path(name, "out.json")
        task = task | {
            "model": str(bundled_encoder_folder()),
            "out": str(out),
            "started": time.time(),
        }
        command = [python, HERE / "peers" / script, json.dumps(task), *mode]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True)
        if ended.returncode:
            sys.exit(f"{script} failed:\n{ended.stderr[-3000:]}")
        return json.loads(out.read_text())


def measure_product(python, script, modes, corpus, questions):
    """Index once and answer in each mode; return a `ProductRun` for each, and the versions."""
    asked, gold = [text for text, _ in questions], [names for _, names in questions]
    runs = []
    with tempfile.TemporaryDirectory() as name:
        store = Path(name, "store")
        task = {"corpus": str(corpus), "store": str(store)}
        built = run_job(python, script, task | {"job": "build"}, *modes[:1])
        disk = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
        building = comparison.BuildCost(
            documents=len(list(corpus.iterdir())),
            pieces=built["pieces"],
            seconds=built["seconds"],
            processor=built["processor"],
            whole=built["whole"],
            memory=built["memory"],
            disk=disk,
        )
        for mode in [[mode] for mode in modes] or [[]]:
            served = run_job(python, script, task | {"job": "serve", "questions": asked}, *mode)
            ranked = None not in served["found"]
            serving = comparison.ServingCost(
                first=served["first"],
                later=tuple(served["milliseconds"][1:]),
                memory=served["memory"],
                ranks=tuple(map(comparison.find_rank, served["found"], gold)) if ranked else None,
            )
            runs.append(comparison.ProductRun(serving, None if runs else building))
    return runs, built["versions"]


def run_rounds(pythons, corpus, questions, rounds):
    """Run all products in each round, starting with another one; return runs and versions."""
    measured = {name: [] for name in (*MODES, *PEERS)}
    versions = {}
    products = ["Footnote", *PEERS]
    for number in range(rounds):
        first = number % len(products)
        for product in products[first:] + products[:first]:
            ours = product == "Footnote"
            python = sys.executable if ours else pythons[product]
            modes = list(MODES.values()) if ours else []
            script = f"with_{product.lower()}.py"
            runs, versions[product] = measure_product(python, script, modes, corpus, questions)
            for name, run in zip(MODES if ours else [product], runs, strict=True):
                measured[name].append(run)
            building, first_answer = runs[0].building, runs[0].serving.first
            print(
                f"round {number + 1}, {product}: {building.pieces:,} pieces, "
                f"{building.documents / building.seconds:.0f} documents/s, first answer "
                f"{first_answer:.1f} s",
                file=sys.stderr,
                flush=True,
            )
    return measured, versions


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with the labelled sets")
    parser.add_argument("--set", default="dev/squad2_dev", help="set whose questions are asked")
    parser.add_argument("--documents", type=int, default=0, help="fill the corpus up to this size")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep the environments here")
    parser.add_argument("--figure", type=Path, default=HERE / "peers.svg")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = (arguments.folder or Path(name, "environments")).resolve()
        pythons = make_environments(folder)
        corpus = Path(name, "corpus")
        names, count = write_corpus(arguments.data, arguments.set, arguments.documents, corpus)
        labelled = [q for q in read_questions(arguments.data / arguments.set) if q.answerable]
        chosen = labelled[:: max(1, len(labelled) // arguments.questions)][: arguments.questions]
        questions = [(q.question, {names[label] for label in q.gold_docs}) for q in chosen]
        measured, versions = run_rounds(pythons, corpus, questions, arguments.rounds)
    ours = list(MODES)
    caption = f"{count:,} documents, {len(questions)} questions of {arguments.set}, "
    caption += f"rounds: {arguments.rounds}, processors: {os.cpu_count()}"
    print(caption)
    for product, packages in versions.items():
        print(f"{product}: " + ", ".join(f"{name} {number}" for name, number in packages.items()))
    print(f"Python {platform.python_version()}, {platform.platform()}")
    built = {name: runs[0].building for name, runs in measured.items() if runs[0].building}
    for name, made in built.items():
        whole = comparison.median_of(measured[name], "whole build, s")
        print(f"{name}: {made.pieces:,} pieces; {whole:.0f} s to index, loading included")
    print(f"\n{comparison.make_table(measured)}\n")
    print("\n".join(comparison.check_goals(measured, ours)))
    arguments.figure.write_text(comparison.draw_figure(measured, ours, caption))


if __name__ == "__main__":
    main()
