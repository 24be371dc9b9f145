"""What happens when a person asks in the chat: the question is answered, and both are kept.

How the page looks is left to `page`, how an answer looks to `answers`.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Event, Lock, Thread
from typing import Any, ParamSpec, TypeVar
from urllib.parse import quote

import qa
from index.encode.encoder import load_encoder
from index.errors import FootnoteError
from index.store.generation import index_folder, open_index
from qa.chat.access.public_errors import told
from qa.chat.ask.page_state import Desk
from qa.chat.ask.queue import Asker, Busy, Line
from qa.chat.html.answer import answer_html, notice_html, question_html
from qa.chat.observe.events import Ledger
from qa.history.conversations import Conversations, NoSuchConversation, Turn
from qa.llm.phrase import phrased
from qa.llm.verify import Sentence
from qa.reader.reader import load_reader
from qa.rendering.serialize import answer_of
from qa.retrieval.filters import of_documents
from qa.retrieval.follow_up import LOOKED_AT, Said

MOST_SHOWN = 100
"""Questions of a conversation that are shown, the last ones; an export holds all."""

P = ParamSpec("P")
T = TypeVar("T")

Message = dict[str, Any]
"""What the chat shows of a question or an answer, in Gradio's shape."""


class Talk:
    """Questions and answers over one index, kept for the browsers that asked."""

    def __init__(
        self,
        folder: str | None,
        kept: Conversations,
        *,
        threshold: float = qa.THRESHOLD,
        reader: str = qa.EMBEDDED,
        llm: qa.LanguageModel | None = None,
        ledger: Ledger | None = None,
    ):
        self.folder = folder
        self.kept = kept
        self.ledger = ledger or Ledger(folder)
        self._threshold = threshold
        self._reader = reader
        self._llm = llm
        self.line = Line()
        self._examples: tuple[str, list[str]] = ("", [])
        self._making = Lock()

    def answer(
        self, question: str, documents: Sequence[str] = (), history: Sequence[Said] = ()
    ) -> qa.Answer:
        """Answer a question from the documents of these ids, or from all, after a `history`."""
        with self.ledger.asking(question) as asking:
            asking.found = qa.ask(
                question,
                history=history,
                index=self.folder,
                threshold=self._threshold,
                where=of_documents(documents) if documents else None,
                reader=self._reader,
            )
        return asking.found

    def search(self, question: str, documents: Sequence[str], top_k: int) -> list[qa.Passage]:
        """Return the passages nearest to a question."""
        with self.ledger.searching():
            return qa.retrieve(
                question,
                index=self.folder,
                top_k=top_k,
                where=of_documents(documents) if documents else None,
                reader=self._reader,
            )

    def phrase(
        self, owner: str, turn_id: str, tell: Callable[[Sentence], None], cancelled: Event
    ) -> qa.Phrased | None:
        """Let the language model phrase a kept answer, and keep what it says; None without one.

        `tell` is called with each sentence as it comes. Nothing is asked where the documents do
        not answer, and where the answer is phrased already.
        """
        turn = self.kept.turn(owner, turn_id)
        found = answer_of(turn.answer)
        if not self._llm or not found.answered or found.phrased or cancelled.is_set():
            return found.phrased
        shown, found = found, self._answered_as(owner, turn)
        if not found.answered or found.text != shown.text:
            return qa.Phrased((), "The documents have changed since. Ask again.")
        said = phrased(
            found.searched_for,
            found.passages,
            self._llm,
            encoder=load_encoder(open_index(self.folder).manifest.encoder.name),
            reader=load_reader(self._reader),
            tell=tell,
            cancelled=cancelled,
        )
        self.ledger.phrased(said)
        self.kept.phrase(turn, owner, said)
        return said

    async def aside(
        self, asker: Asker, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Call a method that answers in a thread, when it is the turn of who asks.

        Raises `Busy` where too many wait.
        """
        try:
            return await self.line.run(asker, partial(call, *args, **kwargs))
        except Busy:
            self.ledger.turned_away()
            raise

    def ask(self, owner: str, desk: Desk, question: str) -> tuple[list[Message], Desk]:
        """Answer a question, keep it, and return the conversation as it is shown then.

        With `desk.editing`, it takes the place of an earlier question. Where there is no owner,
        nothing is kept.
        """
        try:
            history = self._before(owner, desk.conversation, desk.editing)
            found = self.answer(question, desk.documents, () if desk.alone else history)
            if not owner:
                shown = answer_html("", found, only_in=desk.documents)
                return [_asked("", question), _answered(shown)], _sent_from(desk)
            desk = self._keep(owner, desk, question, found)
            return self.messages(owner, desk), desk
        except FootnoteError as error:
            failed = [_asked("", question), _answered(self._notice(error))]
            return [*self.messages(owner, desk), *failed], desk

    def again(self, owner: str, desk: Desk, turn_id: object) -> tuple[list[Message], Desk]:
        """Answer a kept question anew, from the documents that are there now."""
        try:
            turn = self.kept.turn(owner, str(turn_id))
            found = self._answered_as(owner, turn)
            self.kept.replace(owner, turn.id, turn.question, found, threshold=self._threshold)
            return self.messages(owner, desk), desk
        except FootnoteError as error:
            return [*self.messages(owner, desk), _answered(self._notice(error))], desk

    def _answered_as(self, owner: str, turn: Turn) -> qa.Answer:
        """Return a turn's answer from the documents of now, understood as it was before."""
        alone = turn.answer.get("searched_for") == turn.question
        history = [] if alone else self._before(owner, turn.conversation, turn.id)
        return self.answer(turn.question, turn.searched_in, history)

    def _before(self, owner: str, conversation: str, turn_id: str) -> list[Said]:
        """Return the answers of a conversation, those before a turn where one is named."""
        if not owner or not conversation:
            return []
        try:
            turns = self.kept.turns(owner, conversation, None if turn_id else LOOKED_AT)
        except NoSuchConversation:
            return []
        places = [number for number, turn in enumerate(turns) if turn.id == turn_id]
        said: list[Said] = []
        for turn in turns[: places[0] if places else None][-LOOKED_AT:]:
            with suppress(FootnoteError):  # What was answered then cannot be read any more.
                said.append(answer_of(turn.answer))
        return said

    def messages(self, owner: str, desk: Desk) -> list[Message]:
        """Return a conversation as it is shown; none where the owner has no such one."""
        if not owner or not desk.conversation:
            return []
        try:
            shown = self.kept.turns(owner, desk.conversation, MOST_SHOWN)
        except NoSuchConversation:
            return []
        except FootnoteError as error:
            return [_answered(self._notice(error))]
        return [
            message
            for turn in shown
            for message in _messages(turn, phrasing=bool(self._llm), last=turn is shown[-1])
        ]

    def generation(self) -> str:
        """Return the name of the generation that answers now; empty where there is none."""
        with suppress(FootnoteError):
            return open_index(self.folder).name
        return ""

    def examples(self) -> list[str]:
        """Return questions that the documents answer.

        After a build they are made anew aside, and those before it are returned until then.
        """
        with suppress(FootnoteError):
            generation = open_index(self.folder)
            if generation.name != self._examples[0] and not self._making.locked():
                Thread(target=self.make_examples, daemon=True).start()
        return self._examples[1]

    def make_examples(self) -> None:
        """Make them now, where they are not of the live index already."""
        with self._making:
            generation = open_index(self.folder)
            if generation.name != self._examples[0]:
                self._examples = (generation.name, qa.suggest(generation, reader=self._reader))

    def _notice(self, error: FootnoteError) -> str:
        return notice_html(told(error, index_folder(self.folder)))

    def _keep(self, owner: str, desk: Desk, question: str, found: qa.Answer) -> Desk:
        if desk.editing:
            with suppress(NoSuchConversation):
                turn = self.kept.replace(
                    owner,
                    desk.editing,
                    question,
                    found,
                    desk.documents,
                    threshold=self._threshold,
                )
                return replace(_sent_from(desk), conversation=turn.conversation)
        for conversation in (desk.conversation, None):
            with suppress(NoSuchConversation):
                conversation = conversation or self.kept.new(owner).id
                self.kept.add(
                    owner,
                    conversation,
                    question,
                    found,
                    desk.documents,
                    threshold=self._threshold,
                )
                return replace(_sent_from(desk), conversation=conversation)
        raise FootnoteError("The conversation was deleted meanwhile. Ask again.")


def _sent_from(desk: Desk) -> Desk:
    """Return a desk once its question was sent."""
    return replace(desk, editing="", alone=False)


def _messages(turn: Turn, *, phrasing: bool, last: bool) -> list[Message]:
    try:
        found = answer_of(turn.answer)
        asked = quote(turn.asked, safe="") if phrasing and found.answered else ""
        shown = answer_html(turn.id, found, turn.vote, turn.searched_in, phrasing=asked, begin=last)
    except FootnoteError:
        shown = notice_html("What was answered then cannot be read any more. Ask again.")
    return [_asked(turn.id, turn.question), _answered(shown)]


def _asked(turn_id: str, question: str) -> Message:
    return {"role": "user", "content": question_html(turn_id, question)}


def _answered(shown: str) -> Message:
    return {"role": "assistant", "content": shown}
