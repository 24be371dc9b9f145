"""Answer the questions of the chat, and keep them in conversations.

The layout of the page is left to `page`, the HTML of an answer to `html.answer`.
"""

from collections import OrderedDict
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Event, Lock
from typing import TypeVar

import qa
from index.errors import FootnoteError, StorageFailed
from index.progress import Progress
from index.store.generation import index_folder
from index.store.live import open_live
from qa.chat.access.public_errors import public_message
from qa.chat.ask.examples import Examples
from qa.chat.ask.messages import (
    Message,
    chat_message,
    name_document,
    turn_messages,
    user_message,
)
from qa.chat.ask.page_state import PageState
from qa.chat.ask.queue import Busy, Client, QuestionQueue
from qa.chat.html.answer import answer_html, notice_html
from qa.chat.observe.events import EventLog
from qa.history.conversations import Conversations
from qa.history.records import NoSuchConversation, Turn
from qa.llm.verify import Sentence
from qa.rendering.serialize import answer_from_record
from qa.retrieval.exchanges import MAX_HISTORY, PastExchange
from qa.retrieval.filters import of_documents

MAX_SHOWN_TURNS = 100
"""Turns of a conversation that the page shows, the last ones; an export holds all."""

MAX_RECENT_ANSWERS = 16
"""Answers kept in memory with their passages, for a language model to phrase."""

T = TypeVar("T")

History = Sequence[PastExchange]


class Chat:
    """Questions and answers over one index, kept for the browsers that asked."""

    def __init__(
        self,
        folder: str | None,
        conversations: Conversations,
        *,
        threshold: float = qa.THRESHOLD,
        reader: str = qa.EMBEDDED,
        llm: qa.LanguageModel | None = None,
        event_log: EventLog | None = None,
    ):
        self.folder = folder
        self.conversations = conversations
        self.event_log = event_log or EventLog(folder)
        self.threshold = threshold
        self._reader = reader
        self._llm = llm
        self._name_of = partial(name_document, folder)
        self.queue = QuestionQueue()
        self.examples = Examples(folder, reader)
        self._recent: OrderedDict[str, qa.Answer] = OrderedDict()
        self._recent_lock = Lock()

    def answer(
        self,
        question: str,
        documents: Sequence[str] = (),
        history: History = (),
        threshold: float | None = None,
    ) -> qa.Answer:
        """Answer a question after `history`, from the documents with these ids, or from all."""
        with self.event_log.track_question(question) as tracked:
            tracked.answer = qa.ask(
                question,
                history=history,
                index=self.folder,
                threshold=self.threshold if threshold is None else threshold,
                where=of_documents(documents) if documents else None,
                reader=self._reader,
            )
        return tracked.answer

    def ask_each(
        self,
        questions: Sequence[str],
        documents: Sequence[str],
        threshold: float | None,
        progress: Progress,
    ) -> Generator[qa.Answer, None, None]:
        """Ask each of the documents with these ids, or each of all, on its own."""
        return qa.ask_each(
            questions,
            index=self.folder,
            threshold=self.threshold if threshold is None else threshold,
            where=of_documents(documents) if documents else None,
            reader=self._reader,
            progress=progress,
        )

    def search(
        self, question: str, documents: Sequence[str], top_k: int, history: History = ()
    ) -> list[qa.Passage]:
        """Return the passages nearest to a question after `history`."""
        with self.event_log.track_search():
            return qa.retrieve(
                question,
                history=history,
                index=self.folder,
                top_k=top_k,
                where=of_documents(documents) if documents else None,
                reader=self._reader,
            )

    def phrase(
        self,
        owner: str,
        turn_id: str,
        on_sentence: Callable[[Sentence], None],
        cancelled: Event,
    ) -> qa.Phrased | None:
        """Let the language model phrase a kept answer, and keep the result; None without a model.

        `on_sentence` is called with each sentence once it is verified. The model is not asked where
        the documents do not answer, nor where the answer is phrased already.
        """
        turn = self.conversations.turn(owner, turn_id)
        shown = answer_from_record(turn.answer)
        if not self._llm or shown.outcome != "answer" or shown.phrased or cancelled.is_set():
            return shown.phrased
        answer = self._recent_answer(turn)
        if answer is None:
            answer = self._answer_turn(owner, turn)
        if answer.outcome != "answer" or answer.text != shown.text:
            return qa.Phrased((), "The documents have changed since. Ask again.")
        answer = qa.phrase(
            answer,
            self._llm,
            index=self.folder,
            reader=self._reader,
            on_sentence=on_sentence,
            cancelled=cancelled,
        )
        if answer.phrased:
            self.event_log.record_phrasing(answer.phrased)
            self.conversations.add_phrasing(turn, owner, answer.phrased)
        return answer.phrased

    def _remember(self, turn: Turn, answer: qa.Answer) -> None:
        """Keep an answer with its passages for a while, where a model may phrase it."""
        if self._llm and answer.outcome == "answer":
            with self._recent_lock:
                self._recent[turn.id] = answer
                while len(self._recent) > MAX_RECENT_ANSWERS:
                    self._recent.popitem(last=False)

    def _recent_answer(self, turn: Turn) -> qa.Answer | None:
        with self._recent_lock:
            return self._recent.get(turn.id)

    async def run_queued(self, client: Client, question: object, call: Callable[[], T]) -> T:
        """Queue a call that answers `question`, run it in a thread and return its result.

        Raises `Busy`, and records the question, if the queue is full.
        """
        try:
            return await self.queue.run(client, call)
        except Busy:
            self.event_log.record_refused_question(question if isinstance(question, str) else "")
            raise

    def question_of(self, owner: str, turn_id: object) -> str:
        """Return the question of a turn; "" if the owner has no such turn."""
        with suppress(FootnoteError):
            return self.conversations.turn(owner, str(turn_id)).question
        return ""

    def ask(self, owner: str, state: PageState, question: str) -> tuple[list[Message], PageState]:
        """Answer a question, keep it, and return the conversation that the page then shows.

        With `state.editing`, it replaces an earlier question. Without an owner, nothing is kept;
        where nothing can be kept, the answer is shown with a notice that says why. Raises
        `FootnoteError` where the question cannot be answered.
        """
        history = self._history(owner, state.conversation, state.editing)
        answer = self.answer(question, state.documents, () if state.alone else history)
        html = answer_html("", answer, only_in=state.documents, name_of=self._name_of)
        shown = [user_message("", question), chat_message(html)]
        if not owner:
            return shown, _after_sending(state)
        try:
            state = self._keep(owner, state, question, answer)
        except FootnoteError as error:
            # Where the file cannot be used, the earlier ones cannot be shown either.
            earlier = [] if isinstance(error, StorageFailed) else self.messages(owner, state)
            notice = chat_message(self._notice(error))
            return [*earlier, *shown, notice], _after_sending(state)
        return self.messages(owner, state), state

    def answer_again(
        self, owner: str, state: PageState, turn_id: object
    ) -> tuple[list[Message], PageState]:
        """Answer a stored question again, from the present documents.

        Raises `FootnoteError` where it cannot be answered or kept; the earlier answer stays.
        """
        turn = self.conversations.turn(owner, str(turn_id))
        answer = self._answer_turn(owner, turn)
        turn = self.conversations.replace(
            owner, turn.id, turn.question, answer, threshold=self.threshold
        )
        self._remember(turn, answer)
        return self.messages(owner, state), state

    def _answer_turn(self, owner: str, turn: Turn) -> qa.Answer:
        """Answer a turn's question from today's documents, interpreted as it was before."""
        alone = turn.answer.get("searched_for") == turn.question
        history = [] if alone else self._history(owner, turn.conversation, turn.id)
        return self.answer(turn.question, turn.searched_in, history)

    def _history(self, owner: str, conversation: str, turn_id: str) -> list[PastExchange]:
        """Return the answers of a conversation, those before a turn where one is named."""
        if not owner or not conversation:
            return []
        try:
            turns = self.conversations.turns(owner, conversation, None if turn_id else MAX_HISTORY)
        except (NoSuchConversation, StorageFailed):  # The answer does without what was before.
            return []
        places = [number for number, turn in enumerate(turns) if turn.id == turn_id]
        history: list[PastExchange] = []
        for turn in turns[: places[0] if places else None][-MAX_HISTORY:]:
            with suppress(FootnoteError):  # An answer of that format cannot be read any more.
                history.append(answer_from_record(turn.answer))
        return history

    def messages(self, owner: str, state: PageState) -> list[Message]:
        """Return a conversation as the page shows it; empty where the owner has no such one."""
        if not owner or not state.conversation:
            return []
        try:
            turns = self.conversations.turns(owner, state.conversation, MAX_SHOWN_TURNS)
        except NoSuchConversation:
            return []
        except FootnoteError as error:
            return [chat_message(self._notice(error))]
        return [
            message
            for turn in turns
            for message in turn_messages(
                turn, self.folder, phrasing=bool(self._llm), last=turn is turns[-1]
            )
        ]

    def generation(self) -> str:
        """Return the name of the live generation; "" where there is none."""
        with suppress(FootnoteError):
            return open_live(self.folder).name
        return ""

    def _notice(self, error: FootnoteError) -> str:
        return notice_html(public_message(error, index_folder(self.folder)))

    def _keep(self, owner: str, state: PageState, question: str, answer: qa.Answer) -> PageState:
        """Keep an answer in its conversation, and return the state that follows."""
        documents, threshold = state.documents, self.threshold
        turn = None
        if state.editing:
            with suppress(NoSuchConversation):
                turn = self.conversations.replace(
                    owner, state.editing, question, answer, documents, threshold=threshold
                )
        for conversation in (state.conversation, None) if turn is None else ():
            with suppress(NoSuchConversation):
                conversation = conversation or self.conversations.new(owner).id
                turn = self.conversations.add(
                    owner, conversation, question, answer, documents, threshold=threshold
                )
                break
        if turn is None:
            raise FootnoteError("The conversation was deleted meanwhile. Ask again.")
        self._remember(turn, answer)
        return replace(_after_sending(state), conversation=turn.conversation)


def _after_sending(state: PageState) -> PageState:
    """Return the state of the page once its question was sent."""
    return replace(state, editing="", alone=False)
