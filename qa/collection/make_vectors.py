"""Store the examples as the bundled encoder embeds them: python -m qa.collection.make_vectors"""

from pathlib import Path

import numpy as np

from index.encode.encoder import Encoder, load_encoder
from qa.collection.vectors import SENTENCES, VECTORS_FILE, ExampleVectors, fingerprint


def write_vectors(encoder: Encoder, path: Path = VECTORS_FILE) -> None:
    """Write the examples and their weights, with what they were made of; vectors have 16 bits."""
    examples = ExampleVectors.fit(encoder.embed_sentences(SENTENCES))
    path.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        path,
        rows=examples.rows.astype(np.float16),
        mean=examples.mean,
        weights=examples.weights,
        share_sorted=np.array(examples.share_sorted),
        made_of=np.array(fingerprint(encoder)),
    )


if __name__ == "__main__":
    write_vectors(load_encoder())
