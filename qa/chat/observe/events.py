"""Record questions, searches, phrasings and jobs: counted in the metrics and written to the log.

`ask.chat` and `documents.manage` call it; how a line of the log looks is left to `logs`. Only
figures of a question are recorded, unless the log is to hold the questions themselves; names of
documents are never recorded.
"""

import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import qa
from index.errors import Cancelled, FootnoteError
from qa.chat.observe.logs import log_event
from qa.chat.observe.metrics import OUTCOME_LABELS, Metrics


class TrackedQuestion:
    """A question that is being answered; set `answer` once it is known."""

    answer: qa.Answer | None = None


class EventLog:
    """Counts events in `metrics` and logs them; with `questions`, logs the questions too."""

    def __init__(self, folder: str | Path | None = None, *, questions: bool = False) -> None:
        self.metrics = Metrics(folder)
        self._log_questions = questions

    @contextmanager
    def track_question(self, question: str) -> Iterator[TrackedQuestion]:
        """Record the question that the block answers, and how long that takes.

        One that is given up meanwhile is not recorded.
        """
        tracked, begun = TrackedQuestion(), time.perf_counter()
        with self.metrics.answering.track_inprogress():
            try:
                yield tracked
            except Cancelled:
                raise
            except BaseException:
                self._record_question(question, None, time.perf_counter() - begun)
                raise
            self._record_question(question, tracked.answer, time.perf_counter() - begun)

    def _record_question(self, question: str, answer: qa.Answer | None, seconds: float) -> None:
        outcome = "error"
        if answer is not None:
            outcome = OUTCOME_LABELS[answer.outcome]
        self.metrics.questions.labels(outcome).inc()
        if answer is not None:
            self.metrics.answer_seconds.observe(seconds)
        fields: dict[str, object] = {"outcome": outcome, "seconds": round(seconds, 4)}
        if answer is not None:
            fields["probability"] = round(answer.probability, 3)
            fields["answerable"] = round(answer.answerable, 3)
            fields["passages"] = len(answer.passages)
        fields |= self._question_field(question)
        if answer is not None:
            log_event("question", fields)
        else:
            _log_failure("question", fields)

    def record_refused_question(self, question: str) -> None:
        """Record a question that is refused because the queue is full."""
        self.metrics.questions.labels("busy").inc()
        fields = {"outcome": "busy"} | self._question_field(question)
        log_event("question", fields, level=logging.WARNING)

    def _question_field(self, question: str) -> dict[str, object]:
        return {"question": question} if self._log_questions and question else {}

    @contextmanager
    def track_search(self) -> Iterator[None]:
        """Record the search that the block makes."""
        outcome = "error"
        try:
            yield
            outcome = "done"
        finally:
            self.metrics.searches.labels(outcome).inc()
            if outcome == "error":
                _log_failure("search", {"outcome": outcome})

    def record_phrasing(self, phrased: qa.Phrased) -> None:
        """Record how many sentences of a language model are supported, and what went wrong."""
        shown = len(phrased.supported)
        outcome = "shown" if shown else "nothing"
        self.metrics.phrasings.labels(outcome).inc()
        fields = {"outcome": outcome, "shown": shown, "struck": len(phrased.sentences) - shown}
        if phrased.note:
            log_event("phrasing", fields | {"reason": phrased.note}, level=logging.WARNING)
        else:
            log_event("phrasing", fields)

    def record_job(
        self,
        kind: str,
        outcome: str,
        seconds: float,
        *,
        files: Sequence[str] = (),
        generation: str = "",
        reason: str = "",
    ) -> None:
        """Record a job that changed the documents and ran for `seconds`.

        `files` holds the status of each file; `reason` says why a job with outcome "failed" failed.
        """
        self.metrics.jobs.labels(kind, outcome).inc()
        fields = {
            "kind": kind,
            "outcome": outcome,
            "seconds": round(seconds, 3),
            "files": dict(Counter(files)),
            "generation": generation,
        }
        if outcome == "failed":
            log_event("job", fields | {"reason": reason}, level=logging.WARNING)
        else:
            log_event("job", fields)


def _log_failure(event: str, fields: dict[str, object]) -> None:
    """Log the exception that is being raised: a sentence for users, or an unexpected error."""
    error = sys.exc_info()[1]
    if isinstance(error, FootnoteError):
        reason = {"error": type(error).__name__, "reason": str(error)}
        log_event(event, fields | reason, level=logging.WARNING)
    else:
        log_event(event, fields, level=logging.ERROR, failed=True)
