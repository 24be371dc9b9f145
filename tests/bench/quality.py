"""Compare hybrid search with its two parts: python tests/bench/quality.py DATA [SET …]

Prints for each set how often the document of the first passage is right by dense search, by
lexical search and fused. Other metrics come from `footnote eval`. With --engine-uri a second line
shows the same for an index on a Milvus server, with --encoder another encoder takes the place of
the bundled one.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

import index
from index.encode.encoder import DEFAULT_ENCODER, load_encoder
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


def evaluate_engines(folder, limit, engine_uri, encoder):
    """Yield what `count_hits` returns for the local engine and, given a URI, for Milvus."""
    with tempfile.TemporaryDirectory() as target:
        corpus = folder / "corpus.jsonl"
        generation, names = index_corpus(corpus, Path(target), encoder=encoder)
        questions = [q for q in read_questions(folder) if q.answerable][:limit]
        yield count_hits(generation, names, questions)
        if engine_uri:
            place = {"index": Path(target, "index"), "engine_uri": engine_uri}
            print(index.build([Path(target, "files")], engine="milvus", **place).engine)
            yield count_hits(index.open_index(place["index"]), names, questions)
            # Remove the index from the server.
            index.build([Path(target, "files")], engine="local", index=place["index"], prune=True)


def count_hits(generation, names, questions):
    """Return the number of questions, and hit@1 of dense, lexical and fused search."""
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
    parser.add_argument("--encoder", default=DEFAULT_ENCODER, help="as in footnote index")
    arguments = parser.parse_args()
    encoder = load_encoder(arguments.encoder)
    print(f"{'set':28s} asked  dense  BM25   fused")
    for name in arguments.sets:
        folder = arguments.data / name
        for asked, ways in evaluate_engines(folder, arguments.limit, arguments.engine_uri, encoder):
            dense, lexical, fused = ways
            print(f"{name:28s} {asked:5d}  {dense:.3f}  {lexical:.3f}  {fused:.3f}", flush=True)


if __name__ == "__main__":
    main()
