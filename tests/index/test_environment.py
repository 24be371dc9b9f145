"""A program that asks and builds keeps its environment, threads, logs and signals."""

import os
import subprocess
import sys
from pathlib import Path

from makings import write_files

ROOT = Path(__file__).parents[2]

PROGRAM = """
import logging, os, signal, sys, threading, warnings
import faiss

def state():
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "handlers": logging.getLogger().handlers[:],
        "level": logging.getLogger().level,
        "warnings": warnings.filters[:],
        "recursion": sys.getrecursionlimit(),
        "hook": threading.excepthook,
        "threads": faiss.omp_get_max_threads(),
    }

faiss.omp_set_num_threads(3)
before = state()
import index, qa
home, docs = sys.argv[1:]
index.build([docs], index=home)
qa.ask("What does the night ferry carry?", index=home)
qa.ask("And when does it leave?", index=home, history=[])
after = state()
for name in before:
    if before[name] != after[name]:
        print(name, before[name], after[name])
"""


def run_without(unset, program, *arguments):
    """Run a program in an environment without the variables with these beginnings."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith(unset)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_nothing_of_the_process_is_changed(tmp_path):
    ferry = "The night ferry carries timber to Oslo. It leaves at nine."
    docs = write_files(tmp_path / "docs", {"a.txt": ferry, "b.html": f"<p>{ferry}</p>"})
    done = run_without(("HF_", "ORT_"), PROGRAM, str(tmp_path / "index"), str(docs))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr == ""


MODEL_PROGRAM = """
import os

os.environ["ONEDNN_PRIMITIVE_CACHE_CAPACITY"] = "5"
before = dict(os.environ)
from index.encode.encoder import bundled_encoder_folder
from index.encode.sentence_transformer import TransformerModel

model = TransformerModel(bundled_encoder_folder())
model.embed(["The night ferry carries timber."], "document")
from transformers.utils import logging

assert logging.is_progress_bar_enabled()
for name in before.keys() | os.environ.keys():
    if before.get(name) != os.environ.get(name):
        print(name, before.get(name), os.environ.get(name))
"""


def test_nor_is_it_by_a_model_of_sentence_transformers(tmp_path):
    done = run_without(("KMP_", "LRU_CACHE", "TORCH"), MODEL_PROGRAM)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
