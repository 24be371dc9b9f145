"""The server's metrics for Prometheus. They hold no question, document or person.

`events` counts; `routes.health` serves the metrics, and `access.login` protects them.
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
from index.store.live import open_live

CONTENT_TYPE = CONTENT_TYPE_LATEST

OUTCOME_LABELS = {
    "answer": "answered",
    "passages": "passages",
    "none": "not_in_documents",
    "collection": "collection",
}
OUTCOMES = (*OUTCOME_LABELS.values(), "error", "busy")
"""Outcomes of a question; "busy" is one that was refused because the queue was full."""

# The start of the process already tells since when the counters count.
disable_created_metrics()  # type: ignore[no-untyped-call]

SECONDS_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Upper bounds of the histogram's buckets, in seconds."""


class Metrics:
    """The metrics of one server, over the index in `folder`."""

    def __init__(self, folder: str | Path | None) -> None:
        registry = self._registry = CollectorRegistry()
        self.questions = Counter(
            "footnote_questions", "Questions, by outcome.", ["outcome"], registry=registry
        )
        self.answer_seconds = Histogram(
            "footnote_answer_seconds",
            "Seconds to answer a question, without the time in the queue.",
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self.answering = Gauge(
            "footnote_questions_in_progress",
            "Questions being answered now.",
            registry=registry,
        )
        self.searches = Counter(
            "footnote_searches",
            "Searches by programs, by outcome.",
            ["outcome"],
            registry=registry,
        )
        self.phrasings = Counter(
            "footnote_phrasings",
            "Answers phrased by the language model, by whether a sentence could be shown.",
            ["outcome"],
            registry=registry,
        )
        self.jobs = Counter(
            "footnote_jobs",
            "Jobs that changed the documents through the chat, by kind and outcome.",
            ["kind", "outcome"],
            registry=registry,
        )
        # Prometheus needs a 0, not a missing series, to compute a rate.
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
        registry.register(_IndexCollector(folder))

    def render(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _IndexCollector(Collector):
    """Figures of the live index, read at each request for the metrics."""

    def __init__(self, folder: str | Path | None) -> None:
        self._folder = folder

    def describe(self) -> list[Metric]:
        return []  # So that registering does not open the index.

    def collect(self) -> Iterator[Metric]:
        found = {}
        with suppress(FootnoteError):
            opened = open_live(self._folder)
            found = {
                "documents": ("Documents of the live index.", len(opened.manifest.documents)),
                "chunks": ("Chunks of these documents.", opened.manifest.chunks),
                "generation": ("Number of the live generation.", int(opened.name)),
                "generation_built_timestamp_seconds": (
                    "Time when the live generation was built, in seconds since 1970.",
                    datetime.fromisoformat(opened.manifest.created).timestamp(),
                ),
            }
        yield GaugeMetricFamily(
            "footnote_index_open", "1 if the index can be opened, else 0.", bool(found)
        )
        for name, (about, value) in found.items():
            yield GaugeMetricFamily(f"footnote_{name}", about, value)
