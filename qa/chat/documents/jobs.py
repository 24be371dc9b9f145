"""Jobs that change the index, run one at a time in the order of their submission.

A job runs in a thread of its own, reports its progress and can be cancelled. What a job does is
defined in `qa.chat.documents.manage`.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from index.errors import Cancelled, FootnoteError

FINAL_STATES = ("done", "failed", "cancelled")

MAX_FINISHED_JOBS = 100
"""Finished jobs that can still be looked up."""

MAX_JOBS_PER_OWNER = 20
"""Unfinished jobs that one owner may have."""

MAX_JOBS = 100
"""Unfinished jobs of all owners together."""

JOB_STOP_TIMEOUT = 10
"""Seconds to wait for the running job when all are stopped."""

_CANCELLED_SUMMARY = "Cancelled. The documents were not changed."


class TooManyJobs(Exception):
    """A job is refused because too many are unfinished; the message is shown to the user."""


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file or document of a job, its status, and the reason for it.

    `status` is "waiting", then "indexed", "skipped", "removed", "cancelled" or "failed". A file of
    a failed job has a reason only if it could not be read; the job's summary says why it failed.
    """

    name: str
    status: str = "waiting"
    reason: str = ""


class Job:
    """A change of the index. `work` performs it; `undo` is called if it does not succeed.

    `progress` holds the state, the amount done and the total. The state is "waiting", "reading",
    "embedding" or "writing", then one of `FINAL_STATES`. `work` returns the summary and sets
    `files`. `cancelled` is set whenever the job is stopped, `unwanted` only if its owner did so and
    not the server's shutdown.
    """

    def __init__(
        self,
        kind: str,
        owner: str,
        files: tuple[JobFile, ...],
        work: Callable[["Job"], str],
        undo: Callable[["Job"], None],
    ) -> None:
        self.id = uuid4().hex
        self.kind = kind
        self.owner = owner
        self.files = files
        self.progress = ("waiting", 0, 0)
        self.summary = "Waiting for earlier jobs to finish."
        self.generation = ""
        self.cancelled = threading.Event()
        self.unwanted = False
        self.work = work
        self.undo = undo

    @property
    def state(self) -> str:
        return self.progress[0]

    def belongs_to(self, owner: str) -> bool:
        """Whether `owner` submitted the job. A job without an owner belongs to nobody."""
        return bool(owner) and self.owner == owner

    def report(self, stage: str, done: int, total: int) -> None:
        """Record the progress of a build. Raises `Cancelled` if the job was cancelled."""
        if stage == "writing" and done == total:
            return
        if self.cancelled.is_set():
            raise Cancelled
        if stage == "waiting":
            self.summary = "Waiting for another build of the index to finish."
        if stage == "cutting":  # Shown to the user as part of reading.
            return
        if stage != "waiting":
            self.summary = ""
        self.progress = (stage, done, total)

    def finish(self, state: str, summary: str) -> None:
        if state != "done":
            self.files = tuple(
                JobFile(file.name, state, file.reason if file.status == "skipped" else "")
                for file in self.files
            )
        self.summary = summary
        self.progress = (state, *self.progress[1:])


class Jobs:
    """The running, waiting and finished jobs, in order.

    `on_finished` is called with each finished job and the seconds that it ran.
    """

    def __init__(self, on_finished: Callable[[Job, float], None]) -> None:
        self._on_finished = on_finished
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[Job] = deque()
        self._thread: threading.Thread | None = None

    def submit(self, job: Job) -> None:
        with self._lock:
            finished = [other.id for other in self._jobs.values() if other.state in FINAL_STATES]
            for old in finished[: max(0, len(finished) - MAX_FINISHED_JOBS)]:
                del self._jobs[old]
            self._jobs[job.id] = job
            self._waiting.append(job)
            if self._thread is None:
                self._start_next()

    def find(self, job_id: str) -> Job | None:
        with self._lock:
            return self._jobs.get(job_id)

    def unfinished(self) -> list[Job]:
        with self._lock:
            return [job for job in self._jobs.values() if job.state not in FINAL_STATES]

    def check_limits(self, owner: str) -> None:
        """Raise `TooManyJobs` if `owner` may not submit another job now."""
        jobs = self.unfinished()
        if sum(job.owner == owner for job in jobs) >= MAX_JOBS_PER_OWNER:
            raise TooManyJobs(
                f"This browser already has {MAX_JOBS_PER_OWNER} unfinished jobs, which is the "
                "limit. Try again when some have finished."
            )
        if len(jobs) >= MAX_JOBS:
            raise TooManyJobs(
                f"The server already has {MAX_JOBS} unfinished jobs, which is the limit. Try again "
                "when some have finished."
            )

    def cancel(self, job: Job) -> bool:
        """Stop a job for its owner; return False if it had already finished.

        A job that is already writing the index completes.
        """
        job.unwanted = True
        return self._stop(job)

    def _stop(self, job: Job) -> bool:
        """Stop a job, at once if it is waiting; return False if it had already finished."""
        with self._lock:
            if job.state in FINAL_STATES:
                return False
            job.cancelled.set()
            if job not in self._waiting:
                return True
            self._waiting.remove(job)
        _abort(job, "cancelled", _CANCELLED_SUMMARY)
        self._on_finished(job, 0.0)
        return True

    def close(self) -> None:
        """Stop all jobs, and wait up to JOB_STOP_TIMEOUT for the running one."""
        for job in self.unfinished()[::-1]:
            self._stop(job)
        thread = self._thread
        if thread is not None:
            thread.join(JOB_STOP_TIMEOUT)

    def _start_next(self) -> None:
        """Start the next job, if any. The caller holds the lock."""
        self._thread = None
        if self._waiting:
            job = self._waiting.popleft()
            self._thread = threading.Thread(target=self._run, args=(job,), daemon=True)
            self._thread.start()

    def _run(self, job: Job) -> None:
        started = time.perf_counter()
        try:
            job.summary = ""
            job.finish("done", job.work(job))
        except Cancelled:
            _abort(job, "cancelled", _CANCELLED_SUMMARY)
        except FootnoteError as error:
            _abort(job, "failed", str(error))
        finally:
            # An unexpected error goes to the terminal; the job must reach a final state anyway.
            if job.state not in FINAL_STATES:
                _abort(
                    job,
                    "failed",
                    "An unexpected error occurred. The terminal that runs Footnote shows details.",
                )
            self._on_finished(job, time.perf_counter() - started)
            with self._lock:
                self._start_next()


def _abort(job: Job, state: str, summary: str) -> None:
    try:
        job.undo(job)
    finally:
        job.finish(state, summary)
