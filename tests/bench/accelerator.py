"""Measure the encoder on an accelerator: python tests/bench/accelerator.py DATA [MODEL]

Texts a second by how many go there at once, after as many that are not counted, and how far its
vectors are from those of the processor in float32. MODEL is the folder of a sentence-transformers
model, by default the embedded one.
"""

import sys
import time
from pathlib import Path

import numpy as np

from index.encode import sentence_transformer as model
from index.encode.encoder import bundled_encoder_folder
from qa.evaluation.labels import read_json_lines

SETS = ("squad2_dev", "clapnq_dev", "mtrag_un", "multihoprag_facts_news")


def main():
    data, *folder = map(Path, sys.argv[1:])
    folder = folder[0] if folder else bundled_encoder_folder()
    lines = [
        line["text"]
        for name in SETS
        for line in read_json_lines(data / "dev" / name / "corpus.jsonl")
    ]
    texts = [text[n : n + 900] for text in lines for n in range(0, len(text), 900)]
    found = model.TransformerModel(folder)
    print(f"{len(texts):,} texts on {found._model.device}, {found.dtype}")
    for at_once in (32, 64, 128, 256, 512, 1024):
        found._at_once = at_once
        found.embed(texts, "document")
        begin = time.perf_counter()
        vectors = found.embed(texts, "document")
        print(f"{at_once:5} at once: {len(texts) / (time.perf_counter() - begin):,.0f} a second")
    there = vectors[:500] / np.linalg.norm(vectors[:500], axis=1, keepdims=True)
    here = model.load_transformer(folder, "float32", "cpu").encode(texts[:500])
    cosines = (there * here).sum(axis=1) / np.linalg.norm(here, axis=1)
    print(f"cosines with the processor's: {cosines.mean():.5f}, {cosines.min():.5f} at least")


if __name__ == "__main__":
    main()
