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
from index.encode.encoder import Encoder
from index.errors import IndexNotFound, UnreadableFile
from index.extract.document import MOST_BYTES as MOST_FILE_BYTES
from index.ingest.preflight import try_files
from index.ingest.scan import UPLOADS, is_under
from index.manifest import Entry, Manifest
from index.store.catalogue import read_catalogue
from index.store.generation import index_folder
from qa.chat.access.public_paths import name_of, without_paths
from qa.chat.documents.job_summary import outcomes, summary_of_added, summary_of_removed
from qa.chat.documents.jobs import Job, JobFile, Jobs
from qa.chat.documents.uploads import MOST_BYTES, MOST_FILES, TYPES, Upload, keep, refusal, sweep
from qa.chat.observe.events import Ledger

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
        ledger: Ledger | None = None,
    ) -> None:
        self.folder = index_folder(folder).resolve()
        self.uploads = self.folder / UPLOADS
        self.read_only = read_only
        self._ledger = ledger or Ledger()
        self.jobs = Jobs(self._job_ended)
        self._encoder = encoder
        self._lock = threading.Lock()
        self._paths: dict[str, list[Path]] = {}
        """The files that each unfinished job is to take in."""
        self._closed = False

    def _job_ended(self, job: Job, seconds: float) -> None:
        self._ledger.job_ended(
            job.kind,
            job.state,
            seconds,
            files=[file.status for file in job.files],
            generation=job.generation,
            reason=job.summary,
        )

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
        """Keep the files of a request and begin to index them; no job where none is taken.

        Raises `TooMany`.
        """
        found = self._manifest()
        entries = found[0].documents if found else ()
        indexed = {entry.source for entry in entries}
        known = {(Path(entry.source).name, entry.file_sha256) for entry in entries}
        answers: list[Record] = []
        paths: list[Path] = []
        with self._lock:
            self.jobs.check_room(owner)
            for upload in uploads:
                answer = {"name": upload.name, "status": "refused", "reason": upload.reason}
                answers.append(answer)
                if upload.reason:
                    continue
                if (upload.name, upload.sha256) in known:
                    upload.refuse(ALREADY)
                    answer["reason"] = ALREADY
                    continue
                try:
                    path = keep(upload, self.uploads)
                except OSError as error:
                    upload.refuse(refusal(error))
                    answer["reason"] = upload.reason
                    continue
                if str(path) in indexed or path in paths:
                    answer["reason"] = ALREADY
                    continue
                paths.append(path)
                answer |= {"status": "taken", "kept_as": path.name}
            job = self._add(paths, owner) if paths else None
        return job, answers

    def remove(self, ids: Sequence[str], owner: str) -> tuple[Job | None, list[Record]]:
        """Begin to take documents out; no job where others do so already.

        Raises `KeyError` for an id that is not indexed, and `TooMany`.
        """
        with self._lock:
            self.jobs.check_room(owner)
            found = self._manifest()
            entries = {entry.id: entry for entry in found[0].documents} if found else {}
            going = self._being_removed()
            files: list[JobFile] = []
            answers: list[Record] = []
            for name in ids:
                reason = "" if self._is_uploaded(entries[name]) else STAYS
                if name in going:
                    answers.append({"name": name, "status": "refused", "reason": GOING})
                else:
                    files.append(JobFile(name, reason=reason))
                    answers.append({"name": name, "status": "taken", "reason": reason})
            if not files:
                return None, answers
            job = Job("remove", owner, tuple(files), self._remove, lambda job: None)
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
            "mine": job.belongs_to(owner),
            "state": state,
            "done": done,
            "total": total,
            "files": [asdict(replace(f, reason=self.told(f.reason))) for f in job.files],
            "summary": self.told(job.summary),
            "generation": job.generation,
        }

    def _add(self, paths: list[Path], owner: str, *, keep: bool = False) -> Job:
        """Begin to index files; where that does not end well they are deleted.

        With `keep`, and where the server ends, they stay for the next start, unless their owner
        does not want them.
        """

        def undo(job: Job) -> None:
            with self._lock:
                self._paths.pop(job.id, None)
                if job.unwanted or not (keep or self._closed):
                    self._delete(paths)

        files = tuple(JobFile(path.name) for path in paths)
        job = Job("add", owner, files, self._index, undo)
        self._paths[job.id] = paths
        self.jobs.submit(job)
        return job

    def _index(self, job: Job) -> str:
        """Index the files of a job. Those that cannot be read are deleted before the index knows
        of them: a job without any other leaves it as it is, and the generation before it too.
        """
        paths = self._paths[job.id]
        readable, skipped = try_files(
            paths, index=self.folder, patience=PATIENCE, progress=job.report
        )
        job.files = outcomes(paths, readable, skipped, "waiting")
        read = [path for path in paths if str(path) in readable]
        with self._lock:
            self._paths[job.id] = read
            self._delete([path for path in paths if path not in read])
        if not read:
            raise UnreadableFile(summary_of_added(job.files))
        report = index.build(
            read,
            index=self.folder,
            encoder=self._encoder,
            patience=PATIENCE,
            progress=job.report,
        )
        job.generation = report.generation
        sources = {entry.source for entry in read_catalogue(self.folder).manifest.documents}
        job.files = outcomes(
            paths, sources, tuple(dict.fromkeys((*skipped, *report.skipped))), "indexed"
        )
        with self._lock:
            self._paths.pop(job.id, None)
            self._delete(read)
        return summary_of_added(job.files)

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
        return summary_of_removed(job.files)

    def _being_removed(self) -> set[str]:
        """Return the ids of the documents that a job is to take out."""
        return {
            file.name
            for job in self.jobs.unfinished()
            if job.kind == "remove" and not job.cancelled.is_set()
            for file in job.files
        }

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
            found = read_catalogue(self.folder)
        except IndexNotFound:
            return None
        return found.manifest, found.name

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


ALREADY = "it is among the documents already"
GOING = "it is being removed already"
STAYS = (
    "its file is left where it is, and is taken in again when its folder is indexed the next time"
)
