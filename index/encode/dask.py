"""Embedding of texts by Dask workers on other machines. The only dask import.

Each worker loads the encoder once, by its name there, and its vectors are accepted only if its
weights are the same. The batches of a worker that dies go to another worker; each batch is yielded
once.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
import numpy.typing as npt

from index.encode.encoder import Encoder, load_encoder
from index.errors import EncoderMismatch, FootnoteError
from index.installation import install_command

SCHEDULER_TIMEOUT = 10
"""Seconds for the scheduler to answer the first request."""

WORKER_TIMEOUT = 60.0
"""Seconds to wait while the scheduler has no worker."""

_BATCHES_PER_WORKER = 3
"""Batches submitted for each worker, so that none waits for its next one."""

EmbeddedBatch = tuple[int, npt.NDArray[np.float32]]
"""The position of a batch among all batches, and one vector per text of it."""


def embed_on_cluster(
    batches: Sequence[Sequence[str]],
    encoder: Encoder,
    scheduler: str,
    on_wait: Callable[[], None] = lambda: None,
) -> Iterator[EmbeddedBatch]:
    """Yield each batch once, in the order in which the workers of a scheduler finish them.

    `on_wait` is called about once a second; an exception from it ends the embedding. Raises
    `FootnoteError` where the scheduler or all workers are lost, or a worker fails.
    """
    try:
        from distributed import Client, wait
    except ImportError as error:
        raise FootnoteError(
            "Embedding on other machines needs Dask, which is not installed. Install it: "
            + install_command("dask")
        ) from error
    try:
        client = Client(scheduler, timeout=SCHEDULER_TIMEOUT)
    except (OSError, ValueError) as error:
        raise FootnoteError(
            f"There is no Dask scheduler at {scheduler}. Start one with `dask scheduler` and "
            "workers with `dask worker`, or omit --dask."
        ) from error
    with client:
        remaining = iter(enumerate(batches))
        pending: dict[object, int] = {}
        without_worker_since = None
        while True:
            workers = len(client.scheduler_info(n_workers=-1)["workers"])
            if client.status != "running":
                raise FootnoteError(
                    f"The connection to the Dask scheduler at {scheduler} was lost. Vectors "
                    "computed so far are kept. Restart the scheduler, then index again."
                )
            free = max(0, _BATCHES_PER_WORKER * max(1, workers) - len(pending))
            for position, texts in islice(remaining, free):
                future = client.submit(
                    embed_on_worker, encoder.name, encoder.weights_sha256, list(texts), pure=False
                )
                pending[future] = position
            if not pending:
                return
            now = time.monotonic()
            without_worker_since = None if workers else (without_worker_since or now)
            if without_worker_since and now - without_worker_since > WORKER_TIMEOUT:
                raise FootnoteError(
                    f"The Dask scheduler at {scheduler} has had no worker for "
                    f"{WORKER_TIMEOUT:.0f} seconds. Vectors computed so far are kept. Start "
                    "workers with `dask worker` where Footnote is installed, then index again."
                )
            on_wait()
            try:
                done = wait(list(pending), timeout=1, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                continue
            for future in done:
                yield pending.pop(future), _result(future)


def _result(future: object) -> npt.NDArray[np.float32]:
    """Return the vectors that a worker computed. Raises `FootnoteError` if it could not."""
    from concurrent.futures import CancelledError

    from distributed.scheduler import KilledWorker

    try:
        return np.asarray(future.result(), dtype=np.float32)  # type: ignore[attr-defined]
    except KilledWorker as error:
        raise FootnoteError(
            "The Dask workers died one after another while embedding; they may be short of "
            "memory. Vectors computed so far are kept. Index again with other workers or without "
            "--dask."
        ) from error
    except CancelledError as error:
        raise FootnoteError(
            "The connection to the Dask scheduler was lost. Vectors computed so far are kept. "
            "Restart the scheduler, then index again."
        ) from error


def embed_on_worker(
    name: str, weights_sha256: str, texts: Sequence[str]
) -> npt.NDArray[np.float32]:
    """Return one vector per text. Runs on a worker.

    Raises `EncoderMismatch` if its encoder has other weights than the one that was asked for.
    """
    encoder = load_encoder(name)
    if encoder.weights_sha256 != weights_sha256:
        raise EncoderMismatch(
            f"A Dask worker has other weights of the encoder {name} "
            f"({encoder.weights_sha256[:12]}…, expected {weights_sha256[:12]}…). Install the same "
            "ones there."
        )
    return encoder.embed_passages(texts)
