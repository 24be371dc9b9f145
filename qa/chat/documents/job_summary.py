"""What became of the files and documents of a job, as a person is told it."""

from collections.abc import Collection, Sequence
from pathlib import Path

from index.ingest.scan import is_under
from index.manifest import Skipped
from qa.chat.access.public_paths import name_of
from qa.chat.documents.jobs import JobFile

_REASONS = 20
"""Files of an archive at most that are told one by one why they cannot be read."""


def outcomes(
    paths: Sequence[Path], readable: Collection[str], skipped: Sequence[Skipped], status: str
) -> tuple[JobFile, ...]:
    """Return what became of files: `status` of the `readable` ones, and why others are skipped.

    An archive may be readable and have a reason too, of what cannot be read in it.
    """
    files = []
    for path in paths:
        reasons = [
            (name_of(Path(file.path)), file.reason)
            for file in skipped
            if is_under(file.path, [path])
        ]
        whole = len(reasons) == 1 and reasons[0][0] == path.name
        listed = "; ".join(f"{name}: {reason}" for name, reason in reasons[:_REASONS])
        found = status if str(path) in readable else "skipped"
        files.append(JobFile(path.name, found, reasons[0][1] if whole else listed))
    return tuple(files)


def summary_of_added(files: Sequence[JobFile]) -> str:
    """Return what became of files that were to be indexed.

    >>> good, bad = JobFile("a.txt", "indexed"), JobFile("b.pdf", "skipped", "it is damaged")
    >>> summary_of_added([good, good])
    '2 files added.'
    >>> summary_of_added([good, good, bad])
    '2 files added. 1 file could not be read and was not kept.'
    >>> summary_of_added([bad, bad])
    'None of the 2 files could be read.'
    >>> summary_of_added([bad])
    'The file could not be read.'
    """
    unread = sum(file.status == "skipped" for file in files)
    if unread == len(files):
        one = unread == 1
        return (
            "The file could not be read." if one else f"None of the {unread} files could be read."
        )
    rest = f" {_counted(unread, 'file')} could not be read and {_was(unread)} not kept."
    return f"{_counted(len(files) - unread, 'file')} added.{rest if unread else ''}"


def summary_of_removed(documents: Sequence[JobFile]) -> str:
    """Return what became of documents that were taken out; one whose file stays has a reason.

    >>> summary_of_removed([JobFile("a.txt", "removed"), JobFile("b.txt", "removed", "it stays")])
    '2 documents removed. 1 file was left on the disk.'
    """
    stay = sum(bool(document.reason) for document in documents)
    left = f" {_counted(stay, 'file')} {_was(stay)} left on the disk."
    return f"{_counted(len(documents), 'document')} removed.{left if stay else ''}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
