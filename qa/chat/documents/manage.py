"""The documents of the chat: list them, add uploaded files, and remove documents.

Uploaded files are stored only in `uploads/` in the folder of the index. Each change is a job; the
live index answers meanwhile. The HTTP routes are in `qa.chat.routes.documents`, the order of jobs
in `qa.chat.documents.jobs`. A little long, because all changes share one lock and one list of files
that no job may delete while another needs them.
"""

import threading
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path, PurePosixPath
from typing import Any

import index
from index.encode.encoder import Encoder
from index.errors import IndexNotFound, UnreadableFile
from index.extract.document import MAX_FILE_BYTES, max_file_bytes
from index.ingest.preflight import find_readable_files
from index.ingest.scan import UPLOADS_FOLDER, is_under
from index.ingest.uploads import delete_upload, list_uploads
from index.manifest import Entry, Manifest
from index.store.catalogue import read_catalogue
from index.store.generation import index_folder
from index.text.invisible import reveal_controls
from qa.chat.access.public_paths import public_file_name, strip_folders
from qa.chat.documents.job_summary import file_outcomes, summarize_added, summarize_removed
from qa.chat.documents.jobs import Job, JobFile, Jobs
from qa.chat.documents.overview import describe_overview, group_documents
from qa.chat.documents.uploads import (
    ACCEPTED_SUFFIXES,
    MAX_FILES_PER_REQUEST,
    MAX_REQUEST_BYTES,
    Upload,
    delete_stale_files,
    disk_error_reason,
    store_upload,
)
from qa.chat.html.source import name_view
from qa.chat.observe.events import EventLog

BUILD_TIMEOUT = 300
"""Seconds that a job waits for another process's build of the index."""

ALREADY_ADDED = "it is already among the documents"
ALREADY_BEING_REMOVED = "it is already being removed"
ORIGINAL_FILE_STAYS = (
    "its file stays where it is and is added again the next time its folder is indexed"
)

Record = dict[str, Any]


class DocumentStore:
    """The documents of one index, and the jobs that change them.

    Call `resume` when the server starts and `close` when it stops.
    """

    def __init__(
        self,
        folder: str | Path | None = None,
        *,
        encoder: Encoder | None = None,
        read_only: bool = False,
        event_log: EventLog | None = None,
    ) -> None:
        self.folder = index_folder(folder).resolve()
        self.uploads = self.folder / UPLOADS_FOLDER
        self.read_only = read_only
        self._event_log = event_log or EventLog()
        self.jobs = Jobs(self._log_finished_job)
        self._encoder = encoder
        self._lock = threading.Lock()
        self._pending: dict[str, list[Path]] = {}
        """The files that each unfinished job is to index."""
        self._closed = False
        self._had_index = False

    def _log_finished_job(self, job: Job, seconds: float) -> None:
        self._event_log.record_job(
            job.kind,
            job.state,
            seconds,
            files=[file.status for file in job.files],
            generation=job.generation,
            reason=job.summary,
        )

    def documents(self) -> Record:
        """Return the indexed documents, the skipped files and the limits for uploads."""
        manifest, generation = self._manifest() or (None, None)
        entries = manifest.documents if manifest else ()
        # A server that holds the index keeps no empty one.
        removable = not self.read_only and (len(entries) > 1 or not (manifest and manifest.engine))
        return {
            "documents": [self._describe_document(entry, removable) for entry in entries],
            "skipped": self._describe_skipped(manifest),
            "generation": generation,
            "read_only": self.read_only,
            "limits": {
                "bytes": MAX_FILE_BYTES,
                "files": MAX_FILES_PER_REQUEST,
                "request": MAX_REQUEST_BYTES,
                "types": sorted(ACCEPTED_SUFFIXES),
                "sizes": {suffix: max_file_bytes(suffix) for suffix in ACCEPTED_SUFFIXES},
            },
        }

    def overview(self) -> Record:
        """Return the collection at a glance, without the questions of its groups."""
        manifest, generation = self._manifest() or (None, None)
        entries = manifest.documents if manifest else ()
        skipped = [file["reason"] for file in self._describe_skipped(manifest)]
        groups = [{"name": g.name, "count": len(g.numbers)} for g in group_documents(entries)]
        return describe_overview(entries, skipped) | {"groups": groups, "generation": generation}

    def check_ready(self, owner: str) -> None:
        """Raise what would refuse an upload whatever is in it, before it is received.

        That is `TooManyJobs`, or `IndexNotFound` where there was an index: a disk may have been
        unmounted, and what is uploaded now would be the whole index.
        """
        self.jobs.check_limits(owner)
        if self._manifest() is None and self._had_index:
            raise IndexNotFound(
                f"The index has gone from {self.folder}. Put it back, or start Footnote again to "
                "begin a new one."
            )

    def add(self, uploads: Sequence[Upload], owner: str) -> tuple[Job | None, list[Record]]:
        """Store uploaded files and submit a job that indexes them; None if all are refused.

        Raises `TooManyJobs`.
        """
        found = self._manifest()
        entries = found[0].documents if found else ()
        indexed = {entry.source for entry in entries}
        sources: dict[str, list[Path]] = {}
        for entry in entries:
            sources.setdefault(entry.file_sha256, []).append(Path(entry.source))
        records: list[Record] = []
        paths: list[Path] = []
        with self._lock:
            self.jobs.check_limits(owner)
            for upload in uploads:
                record = {"name": upload.name, "status": "refused", "reason": upload.reason}
                records.append(record)
                if upload.reason:
                    continue
                if any(ends_with(path, upload.name) for path in sources.get(upload.sha256, ())):
                    upload.refuse(ALREADY_ADDED)
                    record["reason"] = ALREADY_ADDED
                    continue
                try:
                    path = store_upload(upload, self.uploads)
                except OSError as error:
                    upload.refuse(disk_error_reason(error))
                    record["reason"] = upload.reason
                    continue
                if str(path) in indexed or path in paths:
                    record["reason"] = ALREADY_ADDED
                    continue
                paths.append(path)
                record |= {"status": "taken", "kept_as": self._name_of(path)}
            job = self._submit_add(paths, owner) if paths else None
        return job, records

    def remove(self, ids: Sequence[str], owner: str) -> tuple[Job | None, list[Record]]:
        """Submit a job that removes documents; None if other jobs already remove all of them.

        Raises `KeyError` for an id that is not indexed, and `TooManyJobs`.
        """
        with self._lock:
            self.jobs.check_limits(owner)
            found = self._manifest()
            entries = {entry.id: entry for entry in found[0].documents} if found else {}
            being_removed = self._ids_being_removed()
            files: list[JobFile] = []
            records: list[Record] = []
            for name in ids:
                reason = "" if self._is_uploaded(entries[name]) else ORIGINAL_FILE_STAYS
                if name in being_removed:
                    reason = ALREADY_BEING_REMOVED
                    records.append({"name": name, "status": "refused", "reason": reason})
                else:
                    files.append(JobFile(name, reason=reason))
                    records.append({"name": name, "status": "taken", "reason": reason})
            if not files:
                return None, records
            job = Job("remove", owner, tuple(files), self._run_remove, lambda job: None)
            self.jobs.submit(job)
        return job, records

    def resume(self) -> Job | None:
        """Submit a job for files that were uploaded but not indexed before the server stopped."""
        found = self._manifest()
        if self.read_only or not self.uploads.is_dir():
            return None
        delete_stale_files(self.uploads)
        known = {entry.source for entry in found[0].documents} if found else set()
        known |= {file.path for file in found[0].skipped} if found else set()
        with self._lock:
            left = [
                path
                for path in list_uploads(self.uploads)
                if path.is_file() and str(path) not in known
            ]
            return self._submit_add(left, owner="", keep=True) if left else None

    def close(self) -> None:
        """Stop all jobs; the next server resumes those that add files."""
        self._closed = True
        self.jobs.close()

    def public_message(self, message: str) -> str:
        """Return a message without the paths of this machine, to be sent to a browser."""
        return strip_folders(message, self.folder)

    def describe_job(self, job: Job, owner: str) -> Record:
        """Return the public description of a job for `owner`."""
        state, done, total = job.progress
        return {
            "id": job.id,
            "kind": job.kind,
            "mine": job.belongs_to(owner),
            "state": state,
            "done": done,
            "total": total,
            "files": [asdict(replace(f, reason=self.public_message(f.reason))) for f in job.files],
            "summary": self.public_message(job.summary),
            "generation": job.generation,
        }

    def _submit_add(self, paths: list[Path], owner: str, *, keep: bool = False) -> Job:
        """Submit a job that indexes files, and deletes them if it does not succeed.

        With `keep`, or if the server stops, they stay for the next start, unless their owner
        cancelled the job.
        """

        def undo(job: Job) -> None:
            with self._lock:
                self._pending.pop(job.id, None)
                if job.unwanted or not (keep or self._closed):
                    self._delete_unused(paths)

        files = tuple(JobFile(self._name_of(path)) for path in paths)
        job = Job("add", owner, files, self._run_add, undo)
        self._pending[job.id] = paths
        self.jobs.submit(job)
        return job

    def _run_add(self, job: Job) -> str:
        """Index the files of a job, and return its summary.

        Unreadable files are deleted before the build, so the index never records them. If none is
        readable, the index and its previous generation stay unchanged.
        """
        paths = self._pending[job.id]
        readable, skipped = find_readable_files(
            paths, index=self.folder, patience=BUILD_TIMEOUT, progress=job.report
        )
        job.files = file_outcomes(paths, readable, skipped, "waiting", uploads=self.uploads)
        read = [path for path in paths if str(path) in readable]
        with self._lock:
            self._pending[job.id] = read
            self._delete_unused([path for path in paths if path not in read])
        if not read:
            raise UnreadableFile(summarize_added(job.files))
        report = index.build(
            read,
            index=self.folder,
            encoder=self._encoder,
            patience=BUILD_TIMEOUT,
            progress=job.report,
        )
        job.generation = report.generation
        sources = {entry.source for entry in read_catalogue(self.folder).manifest.documents}
        unread = tuple(dict.fromkeys((*skipped, *report.skipped)))
        job.files = file_outcomes(paths, sources, unread, "indexed", uploads=self.uploads)
        with self._lock:
            self._pending.pop(job.id, None)
            self._delete_unused(read)
        return summarize_added(job.files)

    def _run_remove(self, job: Job) -> str:
        """Remove the documents of a job, and return its summary."""
        report = index.remove(
            [file.name for file in job.files],
            index=self.folder,
            encoder=self._encoder,
            exact=True,
            patience=BUILD_TIMEOUT,
            progress=job.report,
        )
        job.generation = report.generation
        job.files = tuple(replace(file, status="removed") for file in job.files)
        return summarize_removed(job.files)

    def _ids_being_removed(self) -> set[str]:
        return {
            file.name
            for job in self.jobs.unfinished()
            if job.kind == "remove" and not job.cancelled.is_set()
            for file in job.files
        }

    def _delete_unused(self, paths: Sequence[Path]) -> None:
        """Delete those files that are neither indexed nor pending in another job."""
        found = self._manifest()
        indexed = {entry.source for entry in found[0].documents} if found else set()
        pending = {path for others in self._pending.values() for path in others}
        for path in paths:
            if str(path) not in indexed and path not in pending:
                delete_upload(path, self.uploads)

    def _manifest(self) -> tuple[Manifest, str] | None:
        """Return the manifest and the name of the live generation, or None without an index."""
        try:
            found = read_catalogue(self.folder)
        except IndexNotFound:
            return None
        self._had_index = True
        return found.manifest, found.name

    def _describe_skipped(self, manifest: Manifest | None) -> list[dict[str, str]]:
        return [
            {
                "name": reveal_controls(public_file_name(Path(file.path))),
                "reason": reveal_controls(self.public_message(file.reason)),
            }
            for file in (manifest.skipped if manifest else ())
            if not self._is_deleted_upload(Path(file.path))
        ]

    def _describe_document(self, entry: Entry, removable: bool) -> Record:
        return {
            "id": entry.id,
            **name_view(entry.title, entry.id),
            "type": PurePosixPath(entry.id).suffix.lower().removeprefix("."),
            "size": entry.size,
            "pages": len(entry.page_starts) or None,
            "date": entry.date,
            "author": reveal_controls(entry.author),
            "uploaded": self._is_uploaded(entry),
            "removable": removable,
            "note": self.public_message(entry.note),
        }

    def _is_uploaded(self, entry: Entry) -> bool:
        return is_under(entry.source, [self.uploads])

    def _is_deleted_upload(self, path: Path) -> bool:
        """Whether a path is that of an uploaded file which was deleted as unreadable."""
        if self.uploads not in path.parents:
            return False
        return not any(place.is_file() for place in (path, *path.parents))

    def _name_of(self, path: Path) -> str:
        """Return the path of an uploaded file below the folder of the uploads."""
        return path.relative_to(self.uploads).as_posix()


def ends_with(path: Path, name: str) -> bool:
    """Whether a path is that of a name with its folders, wherever these lie.

    >>> ends_with(Path("/ida/goats/a.txt"), "goats/a.txt"), ends_with(Path("/ida/a.txt"), "a/a.txt")
    (True, False)
    """
    return path.as_posix().endswith(f"/{name}")
