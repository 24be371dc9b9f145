"""Documents -> the rows of an index: a chunk each, what is searched for it, and its vector.

What was cut or embedded before is taken from the library, keyed by what it was made from. A text
that several documents hold has its rows once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from index.encode.dask import Batch, embed_spread
from index.encode.encoder import Encoder
from index.encode.sentence_transformer import ACCELERATED_BATCH
from index.extract.document import UNMARKED, shorten
from index.manifest import Entry
from index.progress import Progress
from index.store.library import Chunking, Library, content_key
from index.text.chunk import MAX_TOKENS, Chunk, chunk_document, headings
from index.text.language import language_of

CHUNKER_VERSION = "2"
"""Raised whenever `chunk_document` would cut the same text in another way."""

_CONTEXT_TOKENS = 56
"""Tokens kept free for the title and the heading that a chunk is embedded with."""

SLAB = 64
"""Texts embedded between two writes to the library: what a killed build may lose."""

WORTH_LOADING = 2_000
"""Texts for which an accelerator pays: to load what it needs takes 20 s, in which two cores embed
1,500."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What an index is made of, one row a chunk.

    `entries` are the documents, completed. `chunks`, int64, has the shape (n, 3): number of the
    document, start and end. `texts` are what is embedded, `names` the ids of the documents that
    hold the row's text, by which it can be found as well. `keys` are those of the library that
    these rows were made from.
    """

    entries: tuple[Entry, ...]
    chunks: npt.NDArray[np.int64]
    texts: tuple[str, ...]
    names: tuple[str, ...]
    keys: frozenset[str]


def make_rows(
    entries: Sequence[Entry], library: Library, encoder: Encoder, report: Progress
) -> Rows:
    """Cut the documents into chunks; their texts are in the library."""
    limit = max_tokens(encoder)
    holders: dict[str, list[str]] = {}
    for entry in entries:
        holders.setdefault(entry.sha256, []).append(entry.id)
    complete: list[Entry] = []
    rows: list[tuple[int, int, int]] = []
    texts: list[str] = []
    names: list[str] = []
    keys: dict[str, str] = {}
    for number, entry in enumerate(entries):
        key = content_key(entry.sha256, encoder.weights_sha256, str(limit), CHUNKER_VERSION)
        first, keys[entry.sha256] = entry.sha256 not in keys, key
        text = library.text(entry.sha256)
        kept = library.chunking(key)
        if kept is None:
            report("cutting", number, len(entries))
            chunks = chunk_document(entry.id, text, encoder.token_spans(text), max_tokens=limit)
            spans = [(chunk.start, chunk.end) for chunk in chunks]
            kept = Chunking(spans, encoder.familiarity(text), language_of(text))
            library.keep_chunking(key, kept)
        complete.append(replace(entry, familiarity=kept.familiarity, language=kept.language))
        if not first:
            continue
        marks = [] if entry.media_type in UNMARKED else headings(text)
        for chunk in (Chunk(entry.id, start, end) for start, end in kept.spans):
            rows.append((number, chunk.start, chunk.end))
            heading = next((h for offset, h in reversed(marks) if offset <= chunk.start), "")
            texts.append(searched_text(entry.title, heading, text[chunk.start : chunk.end]))
            names.append("\n".join(holders[entry.sha256]))
    report("cutting", len(entries), len(entries))
    array = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
    return Rows(tuple(complete), array, tuple(texts), tuple(names), frozenset(keys.values()))


def searched_text(title: str, heading: str, text: str) -> str:
    """Return what is embedded and indexed for a chunk: where it stands, then what it says.

    >>> searched_text("Report", "Costs", "They rose.")
    'Report\\nCosts\\nThey rose.'
    >>> searched_text("They rose…", "", "They rose. They fell.")
    'They rose. They fell.'
    """
    opening = " ".join(text.split())
    context = [
        line
        for line in dict.fromkeys((title, shorten(heading)))
        if line and not opening.lstrip("# ").startswith(line.rstrip("…"))
    ]
    return "\n".join([*context, text])


def max_tokens(encoder: Encoder) -> int:
    """Return the most tokens of a chunk, so that the encoder reads it whole with its title."""
    return min(MAX_TOKENS, max(1, encoder.max_tokens - _CONTEXT_TOKENS))


def vector_keys(texts: Sequence[str], encoder: Encoder) -> list[str]:
    """Return under which keys the library keeps the vectors of these texts."""
    prompt = encoder.prompts.get("document", "")
    return [content_key(encoder.weights_sha256, prompt, text) for text in texts]


def embed_rows(
    rows: Rows,
    library: Library,
    encoder: Encoder,
    report: Progress,
    *,
    scheduler: str | None = None,
) -> tuple[npt.NDArray[np.float32], int]:
    """Return one unit vector per row, and how many had to be made.

    They are made here, or by the workers of the Dask scheduler at this address.
    """
    keys = vector_keys(rows.texts, encoder)
    vectors = {
        key: vector
        for key, vector in library.vectors(keys).items()
        if vector.shape == (encoder.dimension,) and abs(float(vector @ vector) - 1) < 1e-3
    }
    missing = {key: text for key, text in zip(keys, rows.texts, strict=True) if key not in vectors}
    order = sorted(missing, key=lambda key: len(missing[key]))
    # A machine elsewhere may have an accelerator as well.
    accelerated = len(order) >= WORTH_LOADING and (scheduler or encoder.has_accelerator)
    size = ACCELERATED_BATCH if accelerated else SLAB
    slabs = [order[first : first + size] for first in range(0, len(order), size)]
    done = 0

    def tell() -> None:
        report("embedding", done, len(order))

    batches = [[missing[key] for key in some] for some in slabs]
    made: Iterator[Batch]
    if scheduler and batches:
        made = embed_spread(batches, encoder, scheduler, tell)
    else:
        made = ((n, encoder.embed_passages(batch)) for n, batch in enumerate(batches))
    tell()
    for place, found in made:
        new = dict(zip(slabs[place], found, strict=True))
        library.keep_vectors(new)
        vectors |= new
        done += len(new)
        tell()
    return np.stack([vectors[key] for key in keys]), len(order)
