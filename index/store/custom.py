"""Recognises an encoder of the caller's own by the vector of one text, kept beside the embeddings.

Other vectors under the same name would otherwise be mixed with those made before.
"""

import numpy as np

from index.encode.custom import PROBE
from index.encode.encoder import Encoder
from index.errors import EncoderMismatch
from index.store.library import Library, content_key

MIN_COSINE = 0.99
"""Of the probe's vector to the one kept; other processors and batches change less."""


def probe_key(encoder: Encoder) -> str:
    """Return the key of the probe's vector in the library."""
    return content_key(encoder.weights_sha256, "probe", PROBE)


def check_custom(encoder: Encoder, library: Library, *, keep: bool = False) -> None:
    """Raise `EncoderMismatch` if a custom encoder makes other vectors than it did before.

    With `keep`, its vector is kept where none is yet.
    """
    if not encoder.is_custom:
        return
    key = probe_key(encoder)
    made = encoder.embed_passages([PROBE])[0]
    kept = library.vectors([key]).get(key)
    if kept is None:
        if keep:
            library.save_vectors({key: made})
    elif kept.shape != made.shape or float(np.dot(kept, made)) < MIN_COSINE:
        raise EncoderMismatch(
            f"The encoder {encoder.name} makes other vectors than those in the index, which were "
            "made under the same name. Give the encoder that made them or, to build the index with "
            'this one, another name: index.make_encoder(…, name="…")'
        )
