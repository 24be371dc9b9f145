"""One job of one product, in a process of its own: index texts or answer from an index.

The calling program defines what each product does; time and memory are measured here, in the same
way for all. It runs in the products' environments, so it uses the standard library only.
"""

import json
import resource
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

TOP_K = 10
"""Results requested for each question."""


def read_texts(folder):
    """Return the name and the text of each document of a corpus."""
    return [(path.name, path.read_text("utf-8")) for path in sorted(Path(folder).iterdir())]


def peak_memory():
    """Return the peak memory of this process, in bytes."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
        line = next(line for line in lines if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def run_job(packages, load, build, open_store):
    """Run the job that the first argument describes as JSON, and write its measurements to a file.

    `load(model)` returns the first argument of the other two; `build(loaded, corpus, store)`
    indexes a folder of texts and returns the number of pieces; `open_store(loaded, store)` returns
    a function from a question to the names of documents, best first, or None if it ranks none.
    """
    task = json.loads(sys.argv[1])
    loaded = load(task["model"])
    measured = {"versions": {package: version(package) for package in packages}}
    if task["job"] == "build":
        _warm_up(build, loaded)
        start, processor = time.perf_counter(), time.process_time()
        measured["pieces"] = build(loaded, task["corpus"], task["store"])
        measured["seconds"] = time.perf_counter() - start
        measured["processor"] = time.process_time() - processor
        measured["whole"] = time.time() - task["started"]
    else:
        search = open_store(loaded, task["store"])
        measured |= {"milliseconds": [], "found": []}
        for question in task["questions"]:
            start = time.perf_counter()
            found = search(question)
            measured["milliseconds"].append((time.perf_counter() - start) * 1e3)
            measured["found"].append(found if found is None else list(dict.fromkeys(found))[:TOP_K])
            measured.setdefault("first", time.time() - task["started"])
    measured["memory"] = peak_memory()
    Path(task["out"]).write_text(json.dumps(measured))


def _warm_up(build, loaded):
    """Index one text, untimed, because loading at the first use is not part of a corpus."""
    with tempfile.TemporaryDirectory() as name:
        corpus, store = Path(name, "corpus"), Path(name, "store")
        corpus.mkdir()
        (corpus / "one.txt").write_text("A text to begin with.")
        build(loaded, str(corpus), str(store))
