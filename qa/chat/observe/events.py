"""What becomes of questions and of changes of the documents: counted, and written down.

A few places tell it, in `Talk` and `Shelf` above all. Of a question only figures are kept, unless
the server was told to write down what is asked; of a document, nothing.
"""

import logging
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import qa
from index.errors import FootnoteError
from qa.chat.observe.logs import note
from qa.chat.observe.metrics import Metrics


class Asking:
    """A question that is being answered; `found` is the answer, once it is there."""

    found: qa.Answer | None = None


class Ledger:
    """Counts in `metrics` and writes to the log; with `questions`, what is asked as well."""

    def __init__(self, folder: str | Path | None = None, *, questions: bool = False) -> None:
        self.metrics = Metrics(folder)
        self._questions = questions

    @contextmanager
    def asking(self, question: str) -> Iterator[Asking]:
        """Count the question that is answered in the block, and how long that takes."""
        asking, begun = Asking(), time.perf_counter()
        with self.metrics.answering.track_inprogress():
            try:
                yield asking
            finally:
                self._asked(question, asking.found, time.perf_counter() - begun)

    def _asked(self, question: str, found: qa.Answer | None, seconds: float) -> None:
        outcome = "error"
        if found:
            outcome = "answered" if found.answered else "not_in_documents"
        self.metrics.questions.labels(outcome).inc()
        if found:
            self.metrics.seconds.observe(seconds)
        fields: dict[str, object] = {"outcome": outcome, "seconds": round(seconds, 4)}
        if found:
            fields["probability"] = round(found.probability, 3)
            fields["passages"] = len(found.passages)
        if self._questions:
            fields["question"] = question
        if found:
            note("question", fields)
        else:
            _note_failure("question", fields)

    def turned_away(self, question: str = "") -> None:
        """Count a question that is not answered, since too many wait already."""
        self.metrics.questions.labels("busy").inc()
        fields = {"outcome": "busy"} | (
            {"question": question} if self._questions and question else {}
        )
        note("question", fields, level=logging.WARNING)

    @contextmanager
    def searching(self) -> Iterator[None]:
        """Count the search that is made in the block."""
        outcome = "error"
        try:
            yield
            outcome = "done"
        finally:
            self.metrics.searches.labels(outcome).inc()
            if outcome == "error":
                _note_failure("search", {"outcome": outcome})

    def phrased(self, said: qa.Phrased) -> None:
        """Count what came of a language model's phrasing."""
        shown = len(said.supported)
        outcome = "shown" if shown else "nothing"
        self.metrics.phrasings.labels(outcome).inc()
        fields = {"outcome": outcome, "shown": shown, "struck": len(said.sentences) - shown}
        if said.note:
            note("phrasing", fields | {"reason": said.note}, level=logging.WARNING)
        else:
            note("phrasing", fields)

    def job_ended(
        self,
        kind: str,
        outcome: str,
        seconds: float,
        *,
        files: Sequence[str] = (),
        generation: str = "",
        reason: str = "",
    ) -> None:
        """Count a change of the documents, which ran for so many seconds.

        `files` holds the status of each file; `reason` says why a "failed" one failed.
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
            note("job", fields | {"reason": reason}, level=logging.WARNING)
        else:
            note("job", fields)


def _note_failure(event: str, fields: dict[str, object]) -> None:
    """Write down what fails, as it is on its way to whoever tells it."""
    error = sys.exc_info()[1]
    if isinstance(error, FootnoteError):
        reason = {"error": type(error).__name__, "reason": str(error)}
        note(event, fields | reason, level=logging.WARNING)
    else:
        note(event, fields, level=logging.ERROR, failed=True)
