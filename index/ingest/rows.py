"""Turns documents into the rows of an index: per chunk its range, its searched text, its vector.

Chunks and vectors made before are taken from the library, by a key of everything they depend on.
If several documents have the same text, it has its rows once.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from index.encode.dask import EmbeddedBatch, embed_on_cluster
from index.encode.encoder import Encoder
from index.encode.int8 import INT7
from index.encode.sentence_transformer import ACCELERATOR_BATCH_SIZE
from index.extract.document import NON_MARKDOWN_TYPES
from index.manifest import Entry
from index.progress import Progress
from index.store.library import Chunking, Library, content_key
from index.text.canonical import begins_with, shorten
from index.text.chunk import (
    CHUNKER_VERSION,
    MAX_TOKENS,
    chunk_document,
    find_headings,
    heading_paths,
)
from index.text.dates import find_date, find_date_in_name, spell_date
from index.text.invisible import drop_invisible
from index.text.language import detect_language
from index.text.sentence import Span
from index.text.table import HEADER_SHARE, cut_header, table_header

_CONTEXT_TOKENS = 56
"""Tokens reserved for the title and the heading that are embedded with a chunk."""

_SPECIAL_TOKENS = 2
"""Tokens that the encoder adds to a text."""

LIBRARY_BATCH_SIZE = 64
"""Texts embedded between two writes to the library, which is what a killed build can lose."""

ACCELERATOR_MIN_TEXTS = 2_000
"""Number of texts from which an accelerator is used: loading its libraries takes 20 s, in which
two cores embed 1,500 texts."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an index, one per chunk.

    `entries` are the documents, now with language and familiarity. `chunks` is int64 of shape
    (n, 3): position of the document, start and end in characters. `texts` are the texts to embed,
    `names` the ids of the documents that hold the row's text, the dates that these give themselves
    and the headings above its own, one per line, which are searched by words as well. `keys` are
    the keys of the chunkings in the library that the rows were made from.
    """

    entries: tuple[Entry, ...]
    chunks: npt.NDArray[np.int64]
    texts: tuple[str, ...]
    names: tuple[str, ...]
    keys: frozenset[str]


def make_rows(
    entries: Sequence[Entry], library: Library, encoder: Encoder, report: Progress
) -> Rows:
    """Split documents into chunks. Their texts are read from the library."""
    limit = max_chunk_tokens(encoder)
    holders: dict[str, list[str]] = {}
    for entry in entries:
        holders.setdefault(entry.sha256, []).append(entry.id)
    complete: list[Entry] = []
    rows: list[tuple[int, int, int]] = []
    texts: list[str] = []
    names: list[str] = []
    keys: dict[str, str] = {}
    for number, entry in enumerate(entries):
        markdown = entry.media_type not in NON_MARKDOWN_TYPES
        made_by = f"{CHUNKER_VERSION}{'' if markdown else ' plain'}"
        key = content_key(entry.sha256, encoder.weights_sha256, str(limit), made_by)
        first, keys[entry.sha256] = entry.sha256 not in keys, key
        text = library.text(entry.sha256)
        chunking = library.chunking(key)
        if chunking is None:
            report("cutting", number, len(entries))
            chunks = chunk_document(
                entry.id, text, encoder.token_spans(text), max_tokens=limit, markdown=markdown
            )
            spans = [(chunk.start, chunk.end) for chunk in chunks]
            chunking = Chunking(spans, encoder.familiarity(text), detect_language(text))
            library.save_chunking(key, chunking)
        complete.append(
            replace(entry, familiarity=chunking.familiarity, language=chunking.language)
        )
        if not first:
            continue
        rows += [(number, start, end) for start, end in chunking.spans]
        marks = find_headings(text) if markdown else []
        texts += _compose_texts(entry, text, chunking.spans, marks, encoder)
        names += _compose_names(entry, text, chunking.spans, marks, holders[entry.sha256])
    report("cutting", len(entries), len(entries))
    array = np.array(rows, dtype=np.int64).reshape(len(rows), 3)
    return Rows(tuple(complete), array, tuple(texts), tuple(names), frozenset(keys.values()))


def _compose_texts(
    entry: Entry,
    text: str,
    spans: Sequence[Span],
    marks: Sequence[tuple[int, str]],
    encoder: Encoder,
) -> Iterator[str]:
    """Yield the text to embed and index for each chunk of a document with these headings."""
    # What `chunk_document` leaves for the header of a table.
    room = max_chunk_tokens(encoder) // HEADER_SHARE
    headers: dict[str, str] = {}
    for start, end in spans:
        above = bisect_right(marks, start, key=itemgetter(0))
        heading = marks[above - 1][1] if above else ""
        whole, own = table_header(text, start), text[start:end]
        if whole not in headers:
            headers[whole] = _fit_header(whole, encoder, room)
        header = headers[whole]
        if header and "\n" not in own:  # A single row may leave less room.
            used = len(encoder.token_spans(compose_text(entry.title, heading, own)))
            header = _fit_header(header, encoder, encoder.max_tokens - _SPECIAL_TOKENS - used)
        yield compose_text(entry.title, heading, own, header=header)


def _compose_names(
    entry: Entry,
    text: str,
    spans: Sequence[Span],
    marks: Sequence[tuple[int, str]],
    ids: Sequence[str],
) -> Iterator[str]:
    """Yield what each chunk is found by beside the text to embed: see `Rows`."""
    paths = heading_paths(text, marks)
    dates = [find_date(text, markdown=bool(marks)), *map(find_date_in_name, ids)]
    common = [*ids, *(spell_date(date) for date in dict.fromkeys(dates) if date)]
    for start, _ in spans:
        above = bisect_right(marks, start, key=itemgetter(0))
        outer = paths[above - 1][:-1] if above else ()
        headings = [shorten(heading) for heading in outer if heading != entry.title]
        yield "\n".join([*common, *headings])


def _fit_header(header: str, encoder: Encoder, room: int) -> str:
    """Return the header of a table, cut to this number of tokens."""
    tokens = encoder.token_spans(header)
    return header if len(tokens) <= room else cut_header(header, tokens[max(room, 0)][0])


def compose_text(title: str, heading: str, text: str, *, header: str = "") -> str:
    """Return the text to embed and index for a chunk: title and heading, unless repeated, and text.

    `header` is that of the table that the chunk begins in. Soft hyphens and zero-width spaces are
    left out.

    >>> compose_text("Report", "Costs", "They rose.")
    'Report\\nCosts\\nThey rose.'
    >>> compose_text("Ports", "", "| Oslo | 3 |", header="| Port | Days |")
    'Ports\\n| Port | Days |\\n| Oslo | 3 |'
    >>> compose_text("They rose…", "", "They rose. They fell.")
    'They rose. They fell.'
    """
    lines = dict.fromkeys((title, shorten(heading)))
    context = [line for line in lines if line and not begins_with(text, line)]
    return drop_invisible("\n".join([*context, *([header] if header else []), text]))


def max_chunk_tokens(encoder: Encoder) -> int:
    """Return the maximum number of tokens of a chunk, which the encoder reads with its title."""
    return min(MAX_TOKENS, max(1, encoder.max_tokens - _CONTEXT_TOKENS))


def vector_keys(texts: Sequence[str], encoder: Encoder) -> list[str]:
    """Return the keys of the vectors of these texts in the library."""
    # Vectors of an earlier version that saturated on this processor are made again.
    made_by = (encoder.weights_sha256, *([INT7] if encoder.dtype == INT7 else []))
    prompt = encoder.prompts.get("document", "")
    return [content_key(*made_by, prompt, text) for text in texts]


def embed_rows(
    rows: Rows,
    library: Library,
    encoder: Encoder,
    report: Progress,
    *,
    scheduler: str | None,
) -> tuple[npt.NDArray[np.float32], int]:
    """Return one unit vector per row, float32 of shape (n, dimension), and the number embedded.

    Texts are embedded in this process, or by the workers of the Dask scheduler at this address.
    """
    keys = vector_keys(rows.texts, encoder)
    if not keys:
        return np.zeros((0, encoder.dimension), dtype=np.float32), 0
    vectors = {
        key: vector
        for key, vector in library.vectors(keys).items()
        if vector.shape == (encoder.dimension,) and abs(float(vector @ vector) - 1) < 1e-3
    }
    missing = {key: text for key, text in zip(keys, rows.texts, strict=True) if key not in vectors}
    order = sorted(missing, key=lambda key: len(missing[key]))
    # The machines of a cluster may have accelerators even if this one has none.
    accelerated = len(order) >= ACCELERATOR_MIN_TEXTS and (scheduler or encoder.has_accelerator)
    size = ACCELERATOR_BATCH_SIZE if accelerated else LIBRARY_BATCH_SIZE
    batch_keys = [order[first : first + size] for first in range(0, len(order), size)]
    done = 0

    def report_done() -> None:
        report("embedding", done, len(order))

    batches = [[missing[key] for key in some] for some in batch_keys]
    made: Iterator[EmbeddedBatch]
    if scheduler and batches:
        made = embed_on_cluster(batches, encoder, scheduler, report_done)
    else:
        made = ((n, encoder.embed_passages(batch)) for n, batch in enumerate(batches))
    report_done()
    for place, found in made:
        new = dict(zip(batch_keys[place], found, strict=True))
        library.save_vectors(new)
        vectors |= new
        done += len(new)
        report_done()
    return np.stack([vectors[key] for key in keys]), len(order)
