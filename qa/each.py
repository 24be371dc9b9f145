"""Ask every document: the same questions, each put to one document at a time.

What one document answers is left to `pipeline`, what a table of the answers looks like to
`rendering.table`.
"""

from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from index import Generation, IndexDamaged, NoMatch
from index.cpu import available_cpus
from index.encode.custom import EncoderLike
from index.errors import InvalidArgument
from index.progress import Progress, ignore_progress
from index.store.live import open_live
from qa.answer import THRESHOLD, Answer, AskedDocument
from qa.pipeline import answer_question
from qa.reader.load import BUNDLED_READER, load_reader
from qa.reader.reader import Reader
from qa.retrieval.arguments import check_question, check_threshold
from qa.retrieval.filters import Where, check_where, of_documents, select_documents

MAX_QUESTIONS = 20
"""The most questions that one call puts to each document."""

REMOVED = "The document was removed meanwhile."


def ask_each(
    question: str | Sequence[str],
    *,
    index: str | Path | Generation | None = None,
    where: Where | None = None,
    threshold: float = THRESHOLD,
    encoder: EncoderLike | None = None,
    reader: Reader | str | None = BUNDLED_READER,
    progress: Progress = ignore_progress,
) -> Generator[Answer, None, None]:
    """Ask each document on its own; yield one answer per document, in the order of their ids.

    `answer.document` is the document that was asked. Of several questions, all are put to a
    document before the next one. The documents are those that the index holds, and `where` selects,
    when this is called; of one that is removed meanwhile, the answer says so. A few answers are
    made ahead of the one that is yielded; closing the iterator waits for these, and makes no more.

    The arguments are as in `qa.ask`. `progress` is called with "asking", the number of answers
    yielded and the total, first with 0 before this returns. Raises `InvalidArgument` for a question
    that cannot be asked, and for more than MAX_QUESTIONS; `NoMatch` where there is no document to
    ask; and `FootnoteError` where there is no sound index.
    """
    questions = check_questions(question)
    threshold, where = check_threshold(threshold), check_where(where)
    opened, loaded = open_live(index, encoder=encoder), load_reader(reader)
    entries = opened.manifest.documents
    if not entries:
        raise NoMatch("The index holds no documents to ask. Add some: footnote index PATH")
    numbers = select_documents(where, entries) if where else range(len(entries))
    asked = [AskedDocument(entries[n].id, entries[n].title, entries[n].date) for n in numbers]

    def answer(document: AskedDocument, one: str) -> Answer:
        while True:
            now = open_live(index, encoder=encoder)
            try:
                return _ask_document(document, one, now, threshold=threshold, reader=loaded)
            except IndexDamaged:  # Its texts may have been pruned once another was made live.
                if open_live(index, encoder=encoder).name == now.name:
                    raise

    progress("asking", 0, len(asked) * len(questions))
    calls = [(document, one) for document in asked for one in questions]
    return _run_ahead(answer, calls, progress)


def check_questions(question: str | Sequence[str]) -> list[str]:
    """Return one or several questions as a list, each once. Raises `InvalidArgument`."""
    given = [question] if isinstance(question, str) else question
    if not isinstance(given, Sequence) or isinstance(given, bytes):
        raise InvalidArgument("The questions are not a list. Give a string, or a list of strings.")
    questions = list(dict.fromkeys(map(check_question, given)))
    if not questions:
        raise InvalidArgument("There is no question. Ask something, such as: Who signed it?")
    if len(questions) > MAX_QUESTIONS:
        raise InvalidArgument(
            f"{len(questions):,} questions were given; at most {MAX_QUESTIONS} are put to each "
            "document. Ask the others afterwards."
        )
    return questions


def _ask_document(
    document: AskedDocument,
    question: str,
    now: Generation,
    *,
    threshold: float,
    reader: Reader | None,
) -> Answer:
    """Answer a question from one document of the generation that is live now."""
    try:
        now.entry(document.document_id)
    except KeyError:
        return replace(Answer.in_own_words(question, REMOVED, "none"), document=document)
    only = of_documents([document.document_id])
    answer = answer_question(question, now, threshold=threshold, where=only, reader=reader)
    return replace(answer, document=document)


def _run_ahead(
    answer: Callable[[AskedDocument, str], Answer],
    calls: Sequence[tuple[AskedDocument, str]],
    progress: Progress,
) -> Generator[Answer, None, None]:
    """Yield the answers of calls in their order, as many made at once as there are processors.

    The passages of the next document are searched while those of the one before it are read.
    """
    made: deque[Future[Answer]] = deque()
    left, at_once = iter(calls), available_cpus()
    with ThreadPoolExecutor(at_once, "each") as threads:
        try:
            for done in range(len(calls)):
                while len(made) < at_once and (call := next(left, None)):
                    made.append(threads.submit(answer, *call))
                found = made.popleft().result()
                progress("asking", done + 1, len(calls))
                yield found
        finally:
            for future in made:
                future.cancel()
