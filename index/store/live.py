"""Keeps readers on the generation that they use while the one that is live cannot be opened.

Opening is left to `generation`. A build by another user, or a disk that fails, may leave a live
generation that this process cannot read: then it goes on with the last one that it opened.
"""

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from index.encode.custom import EncoderLike, take_encoder
from index.errors import IndexDamaged, StorageFailed
from index.per_process import PerProcess
from index.store.generation import Generation, index_folder, open_index, read_live_name

RETRY_SECONDS = 5.0
"""How long a live generation that cannot be opened is not tried again."""

MAX_KEPT = 4
"""Indexes whose last opened generation is kept."""

LOGGER = logging.getLogger("index")


@dataclass(slots=True)
class _Kept:
    """The last generation that was opened, and the latest failure to open the live one."""

    generation: Generation
    tried: float = 0.0
    failure: str = ""


_kept: OrderedDict[Path, _Kept] = OrderedDict()
_lock = PerProcess(Lock)


def open_or_keep(folder: Path) -> tuple[Generation, bool]:
    """Open the live generation of an index; where that fails, return the last one opened here.

    Returns it and whether it is the live one. A line in the log says, once for each failure, which
    one stays in use. Raises as `open_index` does where this process has opened none before, where
    the index is gone, and where CURRENT does not name a generation.
    """
    with _lock.get():
        kept = _kept.get(folder)
    if kept and kept.failure and time.monotonic() - kept.tried < RETRY_SECONDS:
        return kept.generation, False
    try:
        opened = open_index(folder)
    except (IndexDamaged, StorageFailed) as error:
        if kept is None or not _may_name_generation(folder):
            raise
        kept.tried = time.monotonic()
        _log_failure(folder, kept, error)
        return kept.generation, False
    with _lock.get():
        _kept[folder] = _Kept(opened)
        _kept.move_to_end(folder)
        while len(_kept) > MAX_KEPT:
            _kept.popitem(last=False)
    return opened, True


def open_live(
    index: str | Path | Generation | None = None, *, encoder: EncoderLike | None = None
) -> Generation:
    """Open an index as `open_index` does, or as `open_or_keep` where the live one cannot be."""
    if not isinstance(index, Generation):
        index = open_or_keep(index_folder(index).resolve())[0]
    return index if encoder is None else index.with_encoder(take_encoder(encoder))


def _may_name_generation(folder: Path) -> bool:
    """Whether CURRENT names a generation, or may do so and cannot be read by this process."""
    try:
        return read_live_name(folder) is not None
    except IndexDamaged as error:
        return isinstance(error.__cause__, OSError)


def _log_failure(folder: Path, kept: _Kept, error: IndexDamaged | StorageFailed) -> None:
    """Log that the live generation cannot be opened, unless that was logged already."""
    cause = error.__cause__
    failure = f"{error} ({cause.strerror})" if isinstance(cause, OSError) else str(error)
    if failure != kept.failure:
        kept.failure = failure
        LOGGER.warning(
            "The new index in %s cannot be opened, so generation %s stays in use: %s",
            folder,
            kept.generation.name,
            failure,
        )
