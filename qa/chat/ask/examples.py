"""The questions that the page offers, all of them answered by the documents.

Finding them takes seconds, so it is done once for each generation of the index and, but for the
first ones, in the background.
"""

from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock, Thread

import qa
from index.errors import FootnoteError
from index.store.generation import Generation
from index.store.live import open_live
from qa.chat.documents.overview import group_documents
from qa.collection.respond import suggest_requests

QUESTIONS_PER_GROUP = 2
QUESTIONS_PER_DOCUMENT = 3

_MAX_DOCUMENTS = 500
"""Documents whose questions are kept in memory."""


@dataclass(slots=True)
class _Offered:
    """What is offered for one generation; `groups` is None until the groups have questions."""

    generation: str = ""
    questions: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    groups: dict[str, list[str]] | None = None


class Examples:
    """The questions to offer for the live index in a folder."""

    def __init__(self, folder: str | None, reader: str) -> None:
        self._folder = folder
        self._reader = reader
        self._offered = _Offered()
        self._making = Lock()
        self._documents: OrderedDict[tuple[str, str], list[str]] = OrderedDict()

    def questions(self) -> list[str]:
        """Return questions to offer, then requests for an overview and a list.

        Requests alone where each group of documents has its own questions. After a build, new
        ones are made in the background; the old ones are returned until then.
        """
        self._refresh()
        offered = self._offered
        return [
            *([] if any((offered.groups or {}).values()) else offered.questions),
            *offered.requests,
        ]

    def of_groups(self) -> dict[str, list[str]] | None:
        """Return the questions of each group by its name; None as long as they are being made.

        Those of an earlier generation are not returned: its groups may be others.
        """
        return self._offered.groups if self._refresh() else None

    def of_document(self, document_id: str) -> list[str]:
        """Return questions that a document answers; they are found when they are first asked for.

        Raises `FootnoteError` if there is no such document.
        """
        opened = open_live(self._folder)
        key = (opened.name, document_id)
        found = self._documents.get(key)
        if found is None:
            numbers = [n for n, e in enumerate(opened.manifest.documents) if e.id == document_id]
            if not numbers:
                raise FootnoteError("This document is no longer in the index. Reload the page.")
            found = self._documents[key] = qa.suggest(
                opened, count=QUESTIONS_PER_DOCUMENT, documents=numbers, reader=self._reader
            )
            while len(self._documents) > _MAX_DOCUMENTS:
                self._documents.popitem(last=False)
        return found

    def make(self) -> None:
        """Make the questions of the live index, unless they exist already; not those of groups."""
        with self._making:
            opened = open_live(self._folder)
            if opened.name != self._offered.generation:
                questions = qa.suggest(opened, reader=self._reader)
                self._offered = _Offered(opened.name, questions, suggest_requests(opened))

    def _refresh(self) -> bool:
        """Start to make what is missing, unless that is under way.

        Returns whether what is offered is of the live generation.
        """
        with suppress(FootnoteError):
            current = open_live(self._folder).name == self._offered.generation
            if (not current or self._offered.groups is None) and not self._making.locked():
                Thread(target=self._make_all, daemon=True).start()
            return current
        return False

    def _make_all(self) -> None:
        with suppress(FootnoteError):
            self.make()
            with self._making:
                opened = open_live(self._folder)
                if opened.name == self._offered.generation and self._offered.groups is None:
                    self._offered.groups = self._ask_groups(opened)

    def _ask_groups(self, opened: Generation) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for group in group_documents(opened.manifest.documents):
            found[group.name] = qa.suggest(
                opened, count=QUESTIONS_PER_GROUP, documents=group.numbers, reader=self._reader
            )
        return found
