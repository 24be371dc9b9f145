"""The outcome of a job: the status of each file, and a summary in a sentence."""

from collections.abc import Collection, Sequence
from pathlib import Path

from index.ingest.scan import is_under
from index.manifest import SkippedFile
from index.text.plural import count_noun
from qa.chat.access.public_paths import public_file_name
from qa.chat.documents.jobs import JobFile

_MAX_REASONS = 20
"""Number of unreadable files that are listed for one archive."""


def file_outcomes(
    paths: Sequence[Path],
    readable: Collection[str],
    skipped: Sequence[SkippedFile],
    status: str,
    *,
    uploads: Path,
) -> tuple[JobFile, ...]:
    """Return the files with their outcome: `status` if `readable`, else "skipped" and why.

    Their names are their paths below `uploads`. A readable archive also gets reasons for its files
    that cannot be read.
    """
    files = []
    for path in paths:
        reasons = [
            (public_file_name(Path(file.path)), file.reason)
            for file in skipped
            if is_under(file.path, [path])
        ]
        whole = len(reasons) == 1 and reasons[0][0] == path.name
        listed = "; ".join(f"{name}: {reason}" for name, reason in reasons[:_MAX_REASONS])
        outcome = status if str(path) in readable else "skipped"
        name = path.relative_to(uploads).as_posix()
        files.append(JobFile(name, outcome, reasons[0][1] if whole else listed))
    return tuple(files)


def summarize_added(files: Sequence[JobFile]) -> str:
    """Return a summary of files that were to be indexed.

    >>> good, bad = JobFile("a.txt", "indexed"), JobFile("b.pdf", "skipped", "it is damaged")
    >>> summarize_added([good, good])
    '2 files added.'
    >>> summarize_added([good, good, bad])
    '2 files added. 1 file could not be read and was not saved.'
    >>> summarize_added([bad, bad])
    'None of the 2 files could be read.'
    >>> summarize_added([bad])
    'The file could not be read.'
    """
    unread = sum(file.status == "skipped" for file in files)
    if unread == len(files):
        one = unread == 1
        return (
            "The file could not be read." if one else f"None of the {unread} files could be read."
        )
    rest = f" {count_noun(unread, 'file')} could not be read and {_was(unread)} not saved."
    return f"{count_noun(len(files) - unread, 'file')} added.{rest if unread else ''}"


def summarize_removed(documents: Sequence[JobFile]) -> str:
    """Return a summary of removed documents; those whose file stays on disk have a reason.

    >>> summarize_removed([JobFile("a.txt", "removed"), JobFile("b.txt", "removed", "it stays")])
    '2 documents removed. 1 file was left on the disk.'
    """
    stay = sum(bool(document.reason) for document in documents)
    left = f" {count_noun(stay, 'file')} {_was(stay)} left on the disk."
    return f"{count_noun(len(documents), 'document')} removed.{left if stay else ''}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
