"""What the server counts, as text for Prometheus. No question, document or person is in it.

When something is counted is `ledger`'s business, who may read it `guard`'s.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from index.errors import FootnoteError
from index.store.generation import open_index

CONTENT_TYPE = CONTENT_TYPE_LATEST

OUTCOMES = ("answered", "not_in_documents", "error", "busy")
"""What a question can come to; "busy" is one that was turned away unread."""

# When each count began is told by the start of the process too.
disable_created_metrics()  # type: ignore[no-untyped-call]

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Upper limits of the steps in which times are told."""


class Metrics:
    """The counts of one server, over the index in `folder`."""

    def __init__(self, folder: str | Path | None) -> None:
        registry = self._registry = CollectorRegistry()
        self.questions = Counter(
            "footnote_questions", "Questions, by what they came to.", ["outcome"], registry=registry
        )
        self.seconds = Histogram(
            "footnote_answer_seconds",
            "Seconds that answering a question took, without waiting for its turn.",
            buckets=SECONDS,
            registry=registry,
        )
        self.answering = Gauge(
            "footnote_questions_in_progress",
            "Questions that are being answered now.",
            registry=registry,
        )
        self.searches = Counter(
            "footnote_searches",
            "Searches by programs, by what they came to.",
            ["outcome"],
            registry=registry,
        )
        self.phrasings = Counter(
            "footnote_phrasings",
            "Answers that the language model was asked to phrase: shown, or with no sentence that "
            "could be.",
            ["outcome"],
            registry=registry,
        )
        self.jobs = Counter(
            "footnote_jobs",
            "Changes of the documents through the chat, by kind and by how they ended.",
            ["kind", "outcome"],
            registry=registry,
        )
        # What has not happened yet is 0, not missing.
        for counter, outcomes in (
            (self.questions, OUTCOMES),
            (self.searches, ("done", "error")),
            (self.phrasings, ("shown", "nothing")),
        ):
            for outcome in outcomes:
                counter.labels(outcome)
        for kind in ("add", "remove"):
            for outcome in ("done", "failed", "cancelled"):
                self.jobs.labels(kind, outcome)
        ProcessCollector(registry=registry)
        registry.register(_Index(folder))

    def text(self) -> bytes:
        """Return all of it in Prometheus' text format."""
        return generate_latest(self._registry)


class _Index(Collector):
    """What the live index says of itself, looked up when it is asked for."""

    def __init__(self, folder: str | Path | None) -> None:
        self._folder = folder

    def describe(self) -> list[Metric]:
        return []  # Nothing is opened while the server starts.

    def collect(self) -> Iterator[Metric]:
        found = {}
        with suppress(FootnoteError):
            opened = open_index(self._folder)
            found = {
                "documents": ("Documents of the live index.", len(opened.manifest.documents)),
                "chunks": ("Chunks that they are cut into.", opened.manifest.chunks),
                "generation": ("Number of the live generation.", int(opened.name)),
                "generation_built_timestamp_seconds": (
                    "When it was built, in seconds since 1970.",
                    datetime.fromisoformat(opened.manifest.created).timestamp(),
                ),
            }
        yield GaugeMetricFamily(
            "footnote_index_open", "1 where there is an index that can be opened.", bool(found)
        )
        for name, (about, value) in found.items():
            yield GaugeMetricFamily(f"footnote_{name}", about, value)
