"""Work on the index, one job at a time: the others wait for their turn.

A job runs in a thread of its own, says how far it is and can be cancelled. What it does is left to
`shelf`.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from index.errors import Cancelled, FootnoteError

ENDED = ("done", "failed", "cancelled")

REMEMBERED = 100
"""Jobs that have ended and can still be asked for."""

MOST_OF_ONE = 20
"""Jobs of one owner at most that have not ended."""

MOST = 100
"""Jobs of all at most that have not ended."""


class TooMany(Exception):
    """A job that is not begun, since too many have not ended; the message is the reason."""


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file or document that a job is about, what became of it, and why.

    `status` is "waiting", then "indexed", "skipped", "removed", "cancelled" or "failed".
    """

    name: str
    status: str = "waiting"
    reason: str = ""


class Job:
    """What one request set off. `work` does it, `undo` is called where it does not end well.

    `progress` is the state, what is done of it, and of how much; the state is "waiting", "reading",
    "embedding" or "writing", then one of `ENDED`. `work` returns a sentence, and sets `files`.
    `cancelled` is set by whoever ends the job, `unwanted` only where its owner did: the server ends
    all of them when it ends itself.
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
        self.summary = "Waiting for what was begun before."
        self.generation = ""
        self.cancelled = threading.Event()
        self.unwanted = False
        self.work = work
        self.undo = undo

    @property
    def state(self) -> str:
        return self.progress[0]

    def belongs_to(self, owner: str) -> bool:
        """Whether `owner` began it. Nobody owns what came without a name, nor all who have none."""
        return bool(owner) and self.owner == owner

    def report(self, stage: str, done: int, total: int) -> None:
        """Take note of how far the build is, and end it where the job was cancelled."""
        if stage == "writing" and done == total:
            return
        if self.cancelled.is_set():
            raise Cancelled
        if stage == "waiting":
            self.summary = "Another build of the index is running; this waits until it has ended."
        if stage == "cutting":  # To a person it is reading still.
            return
        if stage != "waiting":
            self.summary = ""
        self.progress = (stage, done, total)

    def end(self, state: str, summary: str) -> None:
        if state != "done":
            self.files = tuple(JobFile(file.name, state, file.reason) for file in self.files)
        self.summary = summary
        self.progress = (state, *self.progress[1:])


class Jobs:
    """The jobs that run, wait and have ended, in their order.

    `ended` is told each that ends, and how many seconds it ran.
    """

    def __init__(self, ended: Callable[[Job, float], None] = lambda job, seconds: None) -> None:
        self._ended = ended
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._waiting: deque[Job] = deque()
        self._thread: threading.Thread | None = None

    def submit(self, job: Job) -> None:
        with self._lock:
            ended = [other.id for other in self._jobs.values() if other.state in ENDED]
            for old in ended[: max(0, len(ended) - REMEMBERED)]:
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
            return [job for job in self._jobs.values() if job.state not in ENDED]

    def check_room(self, owner: str) -> None:
        """Raise `TooMany` where `owner` may not begin another job now."""
        jobs = self.unfinished()
        if sum(job.owner == owner for job in jobs) >= MOST_OF_ONE:
            raise TooMany(
                f"{MOST_OF_ONE} jobs that this browser began have not ended yet, and no more are "
                "taken. Try again when some have."
            )
        if len(jobs) >= MOST:
            raise TooMany(
                f"{MOST} jobs have not ended yet, and no more are taken. Try again when some have."
            )

    def cancel(self, job: Job) -> bool:
        """End a job that its owner does not want, as soon as it can be.

        Returns whether it was still to be ended; one that writes the index already is done soon.
        """
        job.unwanted = True
        return self._stop(job)

    def _stop(self, job: Job) -> bool:
        """End a job, one that waits for its turn at once; return whether it was to be ended."""
        with self._lock:
            if job.state in ENDED:
                return False
            job.cancelled.set()
            if job not in self._waiting:
                return True
            self._waiting.remove(job)
        _give_up(job, "cancelled", CANCELLED)
        self._ended(job, 0.0)
        return True

    def close(self, seconds: float) -> None:
        """End all jobs, and wait at most so many seconds for the one that runs."""
        for job in self.unfinished()[::-1]:
            self._stop(job)
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _start_next(self) -> None:
        """Start the next job, if there is one; the lock is held."""
        self._thread = None
        if self._waiting:
            job = self._waiting.popleft()
            self._thread = threading.Thread(target=self._run, args=(job,), daemon=True)
            self._thread.start()

    def _run(self, job: Job) -> None:
        begun = time.perf_counter()
        try:
            job.summary = ""
            job.end("done", job.work(job))
        except Cancelled:
            _give_up(job, "cancelled", CANCELLED)
        except FootnoteError as error:
            _give_up(job, "failed", str(error))
        finally:
            # What nobody foresaw is told to the terminal; those who wait are told that it is over.
            if job.state not in ENDED:
                _give_up(job, "failed", "Something went wrong; the terminal of the chat says what.")
            self._ended(job, time.perf_counter() - begun)
            with self._lock:
                self._start_next()


CANCELLED = "Cancelled; the documents are as they were."


def _give_up(job: Job, state: str, summary: str) -> None:
    try:
        job.undo(job)
    finally:
        job.end(state, summary)
