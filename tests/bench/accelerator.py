"""Measure the encoder on an accelerator: python tests/bench/accelerator.py DATA [MODEL]

Prints texts per second by batch size, each after a warm-up, and the cosines of the accelerator's
vectors with those of the CPU in float32. MODEL is the folder of a sentence-transformers model, by
default the bundled one.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from index.encode import sentence_transformer as model
from index.encode.encoder import bundled_encoder_folder
from qa.evaluation.labels import read_json_lines

SETS = ("squad2_dev", "clapnq_dev", "mtrag_un", "multihoprag_facts_news")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with the labelled sets")
    parser.add_argument("model", type=Path, nargs="?", default=bundled_encoder_folder())
    arguments = parser.parse_args()
    data, folder = arguments.data, arguments.model
    lines = [
        line["text"]
        for name in SETS
        for line in read_json_lines(data / "dev" / name / "corpus.jsonl")
    ]
    texts = [text[n : n + 900] for text in lines for n in range(0, len(text), 900)]
    found = model.TransformerModel(folder)
    print(f"{len(texts):,} texts on {found._model.device}, {found.dtype}")
    for batch_size in (32, 64, 128, 256, 512, 1024):
        found._batch_size = batch_size
        found.embed(texts, "document")
        begin = time.perf_counter()
        vectors = found.embed(texts, "document")
        rate = len(texts) / (time.perf_counter() - begin)
        print(f"batches of {batch_size:5}: {rate:,.0f} texts per second")
    accelerated = vectors[:500] / np.linalg.norm(vectors[:500], axis=1, keepdims=True)
    reference = model.load_transformer(folder, "float32", "cpu").encode(texts[:500])
    cosines = (accelerated * reference).sum(axis=1) / np.linalg.norm(reference, axis=1)
    print(f"cosines with the CPU's vectors: mean {cosines.mean():.5f}, minimum {cosines.min():.5f}")


if __name__ == "__main__":
    main()
