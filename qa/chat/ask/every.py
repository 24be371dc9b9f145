"""Ask every document for a client, one answer after another.

Each answer waits for its turn in the queue, so that the questions of others come between. What
becomes of the answers is left to the routes.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from threading import Event

import qa
from index.errors import Cancelled
from qa.chat.ask.chat import Chat
from qa.chat.ask.queue import Busy, Client
from qa.each import check_questions


class EveryDocument:
    """The answers of every document, or of those with these ids, as they are made.

    `questions` are put to each document; `total` is the number of answers. Raises `FootnoteError`
    for what cannot be asked; nothing is read yet.
    """

    def __init__(
        self,
        chat: Chat,
        question: str | Sequence[str],
        documents: Sequence[str] = (),
        threshold: float | None = None,
    ) -> None:
        self.total = 0
        self._chat = chat
        self._stopped = Event()
        self.questions = check_questions(question)
        self._answers = chat.ask_each(self.questions, documents, threshold, self._report)

    def make(self, number: int) -> qa.Answer:
        """Return the next answer, which is that of this number, and record it as a question."""
        question = self.questions[number % len(self.questions)]
        with self._chat.event_log.track_question(question) as tracked:
            answer = tracked.answer = next(self._answers)
        if number + 1 == self.total:
            self._close()
        return answer

    async def stream(self, client: Client) -> AsyncGenerator[qa.Answer, None]:
        """Yield the answers once; where the queue is full, wait until it is not.

        Once the iteration ends or is given up, nothing is left running.
        """
        try:
            for number in range(self.total):
                yield await self._make_in_turn(number, client)
        finally:
            self._stopped.set()
            asyncio.get_running_loop().run_in_executor(None, self._close)

    async def _make_in_turn(self, number: int, client: Client) -> qa.Answer:
        while True:
            try:
                return await self._chat.queue.run(client, lambda: self.make(number))
            except Busy as busy:
                await asyncio.sleep(busy.retry_after)

    def _report(self, stage: str, done: int, total: int) -> None:
        self.total = total
        if self._stopped.is_set():
            raise Cancelled

    def _close(self) -> None:
        with suppress(ValueError):  # It is running, and sees that it is to stop.
            self._answers.close()
