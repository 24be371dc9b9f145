"""The documents of the chat: what is indexed, files that are sent in, documents taken out.

Files that are sent lie in `uploads/` in the folder of the index, as the only copy. Each change is a
job, one at a time; the live index answers meanwhile. The routes to it are in `shelf_routes`.
"""

import threading
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any

import index
from index.documents import MOST_BYTES as MOST_FILE_BYTES
from index.embed import Encoder
from index.errors import IndexNotFound
from index.generation import index_folder, open_index
from index.manifest import Entry, Manifest
from index.scan import UPLOADS, is_under
from ui.jobs import Job, JobFile, Jobs
from ui.paths import name_of, without_paths
from ui.uploads import MOST_BYTES, MOST_FILES, TYPES, Upload, keep, sweep

PATIENCE = 300
"""Seconds that a job waits for a build of another process to end."""

Record = dict[str, Any]


class Shelf:
    """The documents of one index, and the jobs that change them.

    Call `resume` when the server starts and `close` when it ends.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        encoder: Encoder | None = None,
        read_only: bool = False,
    ) -> None:
        self.folder = index_folder(folder).resolve()
        self.uploads = self.folder / UPLOADS
        self.read_only = read_only
        self.jobs = Jobs()
        self._encoder = encoder
        self._lock = threading.Lock()
        self._paths: dict[str, list[Path]] = {}
        """The files that each unfinished job is to take in."""
        self._closed = False

    def documents(self) -> Record:
        """Return what is indexed, what could not be, and what may be sent."""
        found = self._manifest()
        manifest, generation = found if found else (None, None)
        entries = manifest.documents if manifest else ()
        removable = not self.read_only and len(entries) > 1
        return {
            "documents": [self._described(entry, removable) for entry in entries],
            "skipped": [
                {"name": name_of(Path(file.path)), "reason": self.told(file.reason)}
                for file in (manifest.skipped if manifest else ())
                if not self._is_gone(Path(file.path))
            ],
            "generation": generation,
            "read_only": self.read_only,
            "limits": {
                "bytes": MOST_FILE_BYTES,
                "files": MOST_FILES,
                "request": MOST_BYTES,
                "types": sorted(TYPES),
            },
        }

    def take(self, uploads: Sequence[Upload], owner: str) -> tuple[Job | None, list[Record]]:
        """Keep the files of a request and begin to index them; none where none is taken."""
        found = self._manifest()
        entries = found[0].documents if found else ()
        indexed = {entry.source for entry in entries}
        known = {(Path(entry.source).name, entry.file_sha256) for entry in entries}
        answers: list[Record] = []
        paths: list[Path] = []
        with self._lock:
            for upload in uploads:
                answer = {"name": upload.name, "status": "refused", "reason": upload.reason}
                answers.append(answer)
                if upload.reason:
                    continue
                if (upload.name, upload.sha256) in known:
                    upload.refuse(ALREADY)
                    answer["reason"] = ALREADY
                    continue
                path, _ = keep(upload, self.uploads)
                if str(path) in indexed or path in paths:
                    answer["reason"] = ALREADY
                    continue
                paths.append(path)
                answer |= {"status": "taken", "kept_as": path.name}
            job = self._add(paths, owner) if paths else None
        return job, answers

    def remove(self, ids: Sequence[str], owner: str) -> tuple[Job, list[Record]]:
        """Begin to take documents out. Raises `KeyError` for an id that is not indexed."""
        found = self._manifest()
        entries = {entry.id: entry for entry in found[0].documents} if found else {}
        files = tuple(
            JobFile(name, reason="" if self._is_uploaded(entries[name]) else STAYS) for name in ids
        )
        answers = [{"name": f.name, "status": "taken", "reason": f.reason} for f in files]
        job = Job("remove", owner, files, self._remove, lambda job: None)
        self.jobs.submit(job)
        return job, answers

    def resume(self) -> Job | None:
        """Take in what was sent before the server ended, and was not indexed by then."""
        if self.read_only or not self.uploads.is_dir():
            return None
        sweep(self.uploads)
        found = self._manifest()
        known = {entry.source for entry in found[0].documents} if found else set()
        known |= {file.path for file in found[0].skipped} if found else set()
        with self._lock:
            left = [
                path
                for path in sorted(self.uploads.iterdir())
                if not path.name.startswith(".") and path.is_file() and str(path) not in known
            ]
            return self._add(left, owner="", keep=True) if left else None

    def close(self, *, seconds: float = 10) -> None:
        """End what runs; what was to be taken in is, when the next server starts."""
        self._closed = True
        self.jobs.close(seconds)

    def told(self, message: str) -> str:
        """Return a message as a browser is told it, without paths of the machine."""
        return without_paths(message, self.folder)

    def described_job(self, job: Job, owner: str) -> Record:
        """Return how a job is, as `owner` is told it."""
        state, done, total = job.progress
        return {
            "id": job.id,
            "kind": job.kind,
            "mine": job.owner == owner,
            "state": state,
            "done": done,
            "total": total,
            "files": [asdict(replace(f, reason=self.told(f.reason))) for f in job.files],
            "summary": self.told(job.summary),
            "generation": job.generation,
        }

    def _add(self, paths: list[Path], owner: str, *, keep: bool = False) -> Job:
        """Begin to index files; where that does not end well they are deleted, unless `keep`."""

        def undo(job: Job) -> None:
            with self._lock:
                self._paths.pop(job.id, None)
                if not (keep or self._closed):
                    self._delete(paths)

        files = tuple(JobFile(path.name) for path in paths)
        job = Job("add", owner, files, self._index, undo)
        self._paths[job.id] = paths
        self.jobs.submit(job)
        return job

    def _index(self, job: Job) -> str:
        paths = self._paths[job.id]
        report = index.build(
            [path for path in paths if path.exists()],
            index=self.folder,
            encoder=self._encoder,
            patience=PATIENCE,
            progress=job.report,
        )
        job.generation = report.generation
        manifest = open_index(self.folder).manifest
        sources = {entry.source for entry in manifest.documents}
        files = []
        for path in paths:
            reasons = [
                (name_of(Path(file.path)), file.reason)
                for file in report.skipped
                if is_under(file.path, [path])
            ]
            whole = len(reasons) == 1 and reasons[0][0] == path.name
            reason = reasons[0][1] if whole else "; ".join(f"{n}: {r}" for n, r in reasons[:20])
            status = "indexed" if str(path) in sources else "skipped"
            files.append(JobFile(path.name, status, reason))
        job.files = tuple(files)
        with self._lock:
            self._paths.pop(job.id, None)
            self._delete(paths)
        read = sum(file.status == "indexed" for file in files)
        unread = len(files) - read
        rest = f" {_counted(unread, 'file')} could not be read and {_was(unread)} not kept."
        return f"{_counted(read, 'file')} added.{rest if unread else ''}"

    def _remove(self, job: Job) -> str:
        report = index.remove(
            [file.name for file in job.files],
            index=self.folder,
            encoder=self._encoder,
            exact=True,
            patience=PATIENCE,
            progress=job.report,
        )
        job.generation = report.generation
        job.files = tuple(replace(file, status="removed") for file in job.files)
        stay = sum(bool(file.reason) for file in job.files)
        left = f" {_counted(stay, 'file')} {_was(stay)} left on the disk." if stay else ""
        return f"{_counted(len(job.files), 'document')} removed.{left}"

    def _delete(self, paths: Sequence[Path]) -> None:
        """Delete those of the files that are not indexed, and that no other job is to take in."""
        found = self._manifest()
        indexed = {entry.source for entry in found[0].documents} if found else set()
        wanted = {path for others in self._paths.values() for path in others}
        for path in paths:
            if str(path) not in indexed and path not in wanted:
                path.unlink(missing_ok=True)

    def _manifest(self) -> tuple[Manifest, str] | None:
        """Return what the live index says of itself, and its name; None where there is none."""
        try:
            opened = open_index(self.folder)
        except IndexNotFound:
            return None
        return opened.manifest, opened.name

    def _described(self, entry: Entry, removable: bool) -> Record:
        return {
            "id": entry.id,
            "title": entry.title,
            "type": PurePosixPath(entry.id).suffix.lower().removeprefix("."),
            "size": entry.size,
            "pages": len(entry.page_starts) or None,
            "date": entry.date,
            "author": entry.author,
            "uploaded": self._is_uploaded(entry),
            "removable": removable,
            "note": self.told(entry.note),
        }

    def _is_uploaded(self, entry: Entry) -> bool:
        return is_under(entry.source, [self.uploads])

    def _is_gone(self, path: Path) -> bool:
        """Whether a file among the uploads was deleted, because it could not be read."""
        if self.uploads not in path.parents:
            return False
        return not (self.uploads / path.relative_to(self.uploads).parts[0]).exists()


ALREADY = "it is there already"
STAYS = (
    "its file is left where it is, and is taken in again when its folder is indexed the next time"
)


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
