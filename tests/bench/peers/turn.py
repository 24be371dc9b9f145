"""One turn of one product, in a process of its own: it indexes texts, or answers from an index.

What each product does is told by the program that calls `take_turn`; this one reads the clock and
the memory, the same for all. It runs in the environments of the products, so it needs nothing.
"""

import json
import resource
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

TOP = 10
"""Results that are asked for."""


def read_texts(folder):
    """Return the name and the text of each document of a corpus."""
    return [(path.name, path.read_text("utf-8")) for path in sorted(Path(folder).iterdir())]


def peak_memory():
    """Return the most memory that this process has held so far, in bytes."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        line = next(line for line in lines if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024


def take_turn(packages, load, build, open_store):
    """Do what the first argument asks for, as JSON, and write what it took to the file it names.

    `load(model)` returns what the other two are given first; `build(loaded, corpus, store)` indexes
    a folder of texts and returns the number of pieces; `open_store(loaded, store)` returns a
    function from a question to the names of documents, best first, or None where it ranks none.
    """
    task = json.loads(sys.argv[1])
    loaded = load(task["model"])
    took = {"versions": {package: version(package) for package in packages}}
    if task["job"] == "build":
        _build_one(build, loaded)
        start, processor = time.perf_counter(), time.process_time()
        took["pieces"] = build(loaded, task["corpus"], task["store"])
        took["seconds"] = time.perf_counter() - start
        took["processor"] = time.process_time() - processor
        took["whole"] = time.time() - task["started"]
    else:
        search = open_store(loaded, task["store"])
        took |= {"milliseconds": [], "found": []}
        for question in task["questions"]:
            start = time.perf_counter()
            found = search(question)
            took["milliseconds"].append((time.perf_counter() - start) * 1e3)
            took["found"].append(found if found is None else list(dict.fromkeys(found))[:TOP])
            took.setdefault("first", time.time() - task["started"])
    took["memory"] = peak_memory()
    Path(task["out"]).write_text(json.dumps(took))


def _build_one(build, loaded):
    """Index one text, untimed: what is loaded at the first use belongs to no corpus."""
    with tempfile.TemporaryDirectory() as name:
        corpus, store = Path(name, "corpus"), Path(name, "store")
        corpus.mkdir()
        (corpus / "one.txt").write_text("A text to begin with.")
        build(loaded, str(corpus), str(store))
