"""Texts -> unit vectors, by workers on several machines. The only dask import.

Each worker loads the encoder once, by its name there, and is only believed if its weights are the
same. What a worker that dies was given is given to another; each batch is handed on once.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from index.encode.encoder import Encoder, load_encoder
from index.errors import EncoderMismatch, FootnoteError

REACH = 10
"""Seconds in which the scheduler has to answer."""

PATIENCE = 60.0
"""Seconds that are waited for a worker where there is none, or none any more."""

_AHEAD = 3
"""Batches that each worker is given ahead, so that it does not wait for the next."""

Batch = tuple[int, npt.NDArray[np.float32]]
"""The place of a batch among the others, and a vector for each of its texts."""


def embed_spread(
    batches: Sequence[Sequence[str]],
    encoder: Encoder,
    scheduler: str,
    waiting: Callable[[], None] = lambda: None,
) -> Iterator[Batch]:
    """Yield the batches, each once, as the workers of a Dask scheduler are done with them.

    `waiting` is called about once a second; what that raises ends it all. Raises `FootnoteError`.
    """
    try:
        from distributed import Client, wait
    except ImportError as error:
        raise FootnoteError(
            "Dask, which spreads the embedding, is not installed. Install it: "
            "pip install 'distributed>=2026.8'"
        ) from error
    try:
        client = Client(scheduler, timeout=REACH)
    except (OSError, ValueError) as error:
        raise FootnoteError(
            f"There is no Dask scheduler at {scheduler}. Start one with `dask scheduler`, and "
            "workers with `dask worker`, or leave --dask out."
        ) from error
    with client:
        left = iter(enumerate(batches))
        given: dict[object, int] = {}
        alone_since = None
        while True:
            workers = len(client.scheduler_info(n_workers=-1)["workers"])
            if client.status != "running":
                raise FootnoteError(
                    f"The Dask scheduler at {scheduler} is lost. What was embedded is kept; start "
                    "it, and index again."
                )
            for place, texts in islice(left, max(0, _AHEAD * max(1, workers) - len(given))):
                future = client.submit(
                    embed_here, encoder.name, encoder.weights_sha256, list(texts), pure=False
                )
                given[future] = place
            if not given:
                return
            now = time.monotonic()
            alone_since = None if workers else (alone_since or now)
            if alone_since and now - alone_since > PATIENCE:
                raise FootnoteError(
                    f"The Dask scheduler at {scheduler} has had no worker for {PATIENCE:.0f} "
                    "seconds. What was embedded is kept; start workers with `dask worker`, where "
                    "Footnote is installed, and index again."
                )
            waiting()
            try:
                done = wait(list(given), timeout=1, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                continue
            for future in done:
                yield given.pop(future), _result(future)


def _result(future: object) -> npt.NDArray[np.float32]:
    """Return what a worker made. Raises `FootnoteError` where it could not."""
    from concurrent.futures import CancelledError

    from distributed.scheduler import KilledWorker

    try:
        return np.asarray(future.result(), dtype=np.float32)  # type: ignore[attr-defined]
    except KilledWorker as error:
        raise FootnoteError(
            "The Dask workers end, one after the other, while they embed; they may be short of "
            "memory. What was embedded is kept; index again without --dask, or with others."
        ) from error
    except CancelledError as error:
        raise FootnoteError(
            "The Dask scheduler is lost. What was embedded is kept; start it, and index again."
        ) from error


def embed_here(name: str, weights_sha256: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return a vector for each text, made on the machine that this runs on."""
    encoder = load_encoder(name)
    if encoder.weights_sha256 != weights_sha256:
        raise EncoderMismatch(
            f"A Dask worker has other weights of the encoder {name} "
            f"({encoder.weights_sha256[:12]}…, expected {weights_sha256[:12]}…). Give it the same."
        )
    return encoder.embed_passages(texts)
