"""An index that is kept open: what is asked of it, added to it and removed from it.

`ask` and `retrieve` are short for opening one, asking it and closing it. Answering is left to
`pipeline`, ranking passages to `retrieval`, changing the index to `index`. A little long, because
the arguments are explained for programs.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import index as index_package
from index import BuildReport, EngineFailed, FootnoteError, Generation, IndexDamaged
from index.encode.custom import EncoderLike, take_encoder
from index.encode.encoder import Encoder
from index.ingest.added import Content, Metadata
from index.manifest import Entry
from index.progress import Progress, ignore_progress
from index.store.generation import index_folder
from index.store.live import open_or_keep
from qa.answer import THRESHOLD, Answer
from qa.each import ask_each
from qa.llm.endpoint import LanguageModel
from qa.pipeline import answer_question
from qa.reader.load import BUNDLED_READER, NONE, load_reader
from qa.reader.reader import Reader
from qa.retrieval import rerank
from qa.retrieval.arguments import DEFAULT_TOP_K, check_question
from qa.retrieval.exchanges import PastExchange
from qa.retrieval.filters import Where
from qa.retrieval.rerank import Passage

Result = TypeVar("Result")


class Handle:
    """An index that is kept open, with its encoder and its reader; `open` makes one.

    Threads may share it. A new generation is seen by the next call. Closing it lets go of what it
    holds; it can be used in a `with` statement.
    """

    def __init__(
        self, index: Path | Generation, encoder: EncoderLike | None, reader: Reader | str | None
    ):
        self._index = index
        self._encoder = encoder
        self._reader = reader
        self._opened: tuple[tuple[int, int], Generation] | None = None
        self._closed = False

    def __repr__(self) -> str:
        return f"Handle({str(self.folder)!r}{', closed' * self._closed})"

    def __enter__(self) -> "Handle":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """The folder of the index."""
        given = self._index
        return given.folder.parent.parent if isinstance(given, Generation) else given

    def ask(
        self,
        question: str,
        *,
        history: Sequence[PastExchange] = (),
        top_k: int = DEFAULT_TOP_K,
        threshold: float = THRESHOLD,
        where: Where | None = None,
        llm: LanguageModel | None = None,
    ) -> Answer:
        """Answer a question with a quotation from the indexed documents.

        A question about the collection itself ("List all documents") is answered from its
        catalogue. `history` holds the exchanges before it, oldest first, such as earlier answers: a
        question that depends on them ("And when was that?") is searched for together with their
        words, as `searched_for` shows. Exact words whose probability is below `threshold` are not
        shown as the answer. `where` restricts the question to some documents:
        {"folder": "reports", "date": "2023..2024"}. The model `llm`, if there is one, phrases an
        answer in exact words.

        Raises `InvalidArgument` for an empty or overlong question and any other argument that
        cannot be used, `NoMatch` where `where` fits no document, and `FootnoteError` where there is
        no sound index.
        """
        question = check_question(question)
        return self._use(
            lambda opened: answer_question(
                question,
                opened,
                history=history,
                top_k=top_k,
                threshold=threshold,
                where=where,
                reader=self._load_reader(),
                llm=llm,
            )
        )

    def ask_each(
        self,
        question: str | Sequence[str],
        *,
        where: Where | None = None,
        threshold: float = THRESHOLD,
        progress: Progress = ignore_progress,
    ) -> Generator[Answer, None, None]:
        """Ask each document on its own; yield one answer per document, as `qa.ask_each` does."""
        encoder, reader = self._open().encoder, self._load_reader()
        return ask_each(
            question,
            index=self._index,
            where=where,
            threshold=threshold,
            encoder=encoder,
            reader=NONE if reader is None else reader,
            progress=progress,
        )

    def retrieve(
        self,
        question: str,
        *,
        history: Sequence[PastExchange] = (),
        top_k: int = DEFAULT_TOP_K,
        where: Where | None = None,
    ) -> list[Passage]:
        """Return the `top_k` passages nearest to the question, best first; fewer if fewer exist.

        `history` and `where` are as in `ask`, and so are the errors. With the reader "none" the
        search alone orders the passages.
        """
        question = check_question(question)
        return self._use(
            lambda opened: rerank.retrieve(
                question,
                history=history,
                index=opened,
                top_k=top_k,
                where=where,
                reader=self._load_reader(),
            )
        )

    def documents(self) -> tuple[Entry, ...]:
        """Return the indexed documents, in the order of their ids, without their texts."""
        return self._open().manifest.documents

    def add(
        self,
        documents: Mapping[str, Content],
        *,
        metadata: Mapping[str, Metadata] | Metadata | None = None,
        patience: float = 0,
        progress: Progress | None = None,
    ) -> BuildReport:
        """Add documents from memory to the index, which need not exist yet, as `index.add` does."""
        self._check_open()
        return index_package.add(
            documents,
            metadata=metadata,
            index=self.folder,
            encoder=self._encoder_of_index(),
            patience=patience,
            progress=progress,
        )

    def remove(
        self,
        documents: Sequence[str],
        *,
        prune: bool = False,
        exact: bool = False,
        patience: float = 0,
        progress: Progress | None = None,
    ) -> BuildReport:
        """Remove documents from the index, as `index.remove` does."""
        self._check_open()
        return index_package.remove(
            documents,
            index=self.folder,
            encoder=self._encoder_of_index(),
            prune=prune,
            exact=exact,
            patience=patience,
            progress=progress,
        )

    def close(self) -> None:
        """Let go of the index, the encoder and the reader. A second call does nothing."""
        self._closed, self._opened = True, None
        self._encoder = self._reader = None

    def _use(self, work: Callable[[Generation], Result]) -> Result:
        """Return the result of `work` on the live generation.

        A generation may be deleted, or its texts pruned, while it is used: then `work` is done
        again on the one that took its place.
        """
        while True:
            opened = self._open()
            try:
                return work(opened)
            except (IndexDamaged, EngineFailed):
                if self._open() is opened:
                    raise

    def _open(self) -> Generation:
        """Return the live generation, the same one as before unless another was made live.

        It keeps the encoder of the one before it, if that encoder made it too.
        """
        self._check_open()
        stamp = self._read_stamp()
        kept = self._opened
        if kept and kept[0] == stamp:
            return kept[1]
        index = self._index
        opened, is_live = (index, True) if isinstance(index, Generation) else open_or_keep(index)
        if kept and not is_live and kept[1].folder == opened.folder:
            return kept[1]
        if encoder := self._load_encoder():
            opened = opened.with_encoder(encoder)
        elif kept and kept[1].manifest.encoder == opened.manifest.encoder:
            opened = opened.with_encoder(kept[1].encoder)
        # No stamp has negative numbers: what is not live is tried again.
        self._opened = stamp if is_live else (-1, -1), opened
        return opened

    def _read_stamp(self) -> tuple[int, int]:
        """Return what differs once another generation is made live; zeros where it cannot be."""
        if isinstance(self._index, Generation):
            return 0, 0
        try:
            stamp = (self._index / "CURRENT").stat()
        except OSError:
            self._opened = None
            return 0, 0
        return stamp.st_mtime_ns, stamp.st_ino

    def _load_encoder(self) -> Encoder | None:
        """Return the encoder that was given, loaded; None where that of the index is to be used."""
        self._encoder = None if self._encoder is None else take_encoder(self._encoder)
        return self._encoder

    def _load_reader(self) -> Reader | None:
        self._reader = load_reader(self._reader)
        return self._reader

    def _encoder_of_index(self) -> Encoder | None:
        """Return the encoder to change the index with; None where there is no sound index yet."""
        if encoder := self._load_encoder():
            return encoder
        with suppress(FootnoteError):
            return self._open().encoder
        return None

    def _check_open(self) -> None:
        if self._closed:
            raise FootnoteError(
                f"The handle of {self.folder} is closed. Open another: "
                f"qa.open({str(self.folder)!r})"
            )


def open(
    index: str | Path | Generation | None = None,
    *,
    encoder: EncoderLike | None = None,
    reader: Reader | str | None = BUNDLED_READER,
) -> Handle:
    """Return an index that is kept open, to be asked many questions.

    `index` is its folder, by default $FOOTNOTE_INDEX or .footnote/ here, or an opened generation.
    There need not be an index yet: everything is loaded when it is first needed. `encoder` is the
    name or folder of a model, a loaded one or what `index.make_encoder` takes, by default the one
    that made the index; `reader` is a loaded one or as in `load_reader`. Raises `InvalidArgument`
    for an `encoder` that embeds nothing.
    """
    if not isinstance(encoder, str | Path | None):
        encoder = take_encoder(encoder)
    opened = index if isinstance(index, Generation) else index_folder(index).resolve()
    return Handle(opened, encoder, reader)


def ask(
    question: str,
    *,
    history: Sequence[PastExchange] = (),
    index: str | Path | Generation | None = None,
    top_k: int = DEFAULT_TOP_K,
    threshold: float = THRESHOLD,
    where: Where | None = None,
    encoder: EncoderLike | None = None,
    reader: Reader | str | None = BUNDLED_READER,
    llm: LanguageModel | None = None,
) -> Answer:
    """Answer one question: `Handle.ask` of an index that is opened for it as in `open`."""
    with open(index, encoder=encoder, reader=reader) as handle:
        return handle.ask(
            question, history=history, top_k=top_k, threshold=threshold, where=where, llm=llm
        )


def retrieve(
    question: str,
    *,
    history: Sequence[PastExchange] = (),
    index: str | Path | Generation | None = None,
    top_k: int = DEFAULT_TOP_K,
    where: Where | None = None,
    encoder: EncoderLike | None = None,
    reader: Reader | str | None = BUNDLED_READER,
) -> list[Passage]:
    """Return the best passages for one question: `Handle.retrieve` of an index opened for it."""
    with open(index, encoder=encoder, reader=reader) as handle:
        return handle.retrieve(question, history=history, top_k=top_k, where=where)
