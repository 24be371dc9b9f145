"""Measure fusion against its halves on labelled sets: python tests/bench/quality.py DATA [SET …]

For each set: how often the first passage's document is the right one by meaning alone, by words
alone and fused. The rest is measured by `footnote eval`. With --engine-uri the same is measured
of the index that a Milvus server holds, in the line below.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

import index
from qa.evaluation.labels import find_label, index_corpus, read_questions
from qa.retrieval.hybrid import search

SETS = (
    "dev/squad2_dev",
    "dev/clapnq_dev",
    "dev/mtrag_un",
    "dev/multihoprag_facts_news",
    "dev/xquad_en",
    "dev/xquad_de",
    "dev/xquad_es",
    "dev/xquad_zh",
)


def measured(folder, limit, engine_uri):
    """Yield the number of questions and the share with a right first document, three ways.

    First on this machine, then, if an address is given, on the engine there.
    """
    with tempfile.TemporaryDirectory() as target:
        generation, names = index_corpus(folder / "corpus.jsonl", Path(target))
        questions = [q for q in read_questions(folder) if q.answerable][:limit]
        yield hits(generation, names, questions)
        if engine_uri:
            place = {"index": Path(target, "index"), "engine_uri": engine_uri}
            print(index.build([Path(target, "files")], engine="milvus", **place).engine)
            yield hits(index.open_index(place["index"]), names, questions)
            # What is on the server is dropped again.
            index.build([Path(target, "files")], engine="local", index=place["index"], prune=True)


def hits(generation, names, questions):
    """Return the number of questions and the share with a right first document, three ways."""
    right = np.zeros(3)
    for question in questions:
        scores = search(question.question, generation).scores
        for way, name in enumerate(("dense", "lexical", "fused")):
            row = max(scores, key=lambda row: scores[row][name])
            if scores[row][name] > 0:
                best = generation.document(row)
                label = find_label(question, (best.id, *best.also), names)
                right[way] += label in question.gold_docs
    return len(questions), right / len(questions)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("sets", nargs="*", default=SETS)
    parser.add_argument("--limit", type=int, default=2000)
    parser.add_argument("--engine-uri", metavar="URI")
    arguments = parser.parse_args()
    print(f"{'set':28s} asked  dense  BM25   fused")
    for name in arguments.sets:
        folder = arguments.data / name
        for asked, ways in measured(folder, arguments.limit, arguments.engine_uri):
            dense, lexical, fused = ways
            print(f"{name:28s} {asked:5d}  {dense:.3f}  {lexical:.3f}  {fused:.3f}", flush=True)


if __name__ == "__main__":
    main()
