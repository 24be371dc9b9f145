"""Exchanges before a question: what a caller may hand over as its history, checked.

What a question takes from them is left to `follow_up`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from index.errors import InvalidArgument
from index.text.canonical import is_unicode

MAX_HISTORY = 20
"""Last exchanges of a history that are read."""

MAX_EXCHANGE_TEXT = 2000
"""Characters that are read of each text of an exchange; a question has no more."""

_EXPECTED = (
    'Give {"question": …, "text": …, "answered": true or false, "citations": [{"quote": …}]} for '
    "each, such as an earlier answer, the oldest first."
)


class Quoted(Protocol):
    """A quotation. A `Citation` is one."""

    @property
    def quote(self) -> str: ...


class PastExchange(Protocol):
    """A question and its answer. An `Answer` is one."""

    @property
    def question(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def answered(self) -> bool: ...
    @property
    def citations(self) -> Sequence[Quoted]: ...


@dataclass(frozen=True, slots=True)
class Quotation:
    """The words of a citation."""

    quote: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question with the text of its answer, for the history of a later question.

    `answered` is whether the text answers; `citations` hold the sentences that it stands in.
    """

    question: str
    text: str
    answered: bool = True
    citations: tuple[Quoted, ...] = ()


def check_history(history: object) -> tuple[Exchange, ...]:
    """Return the last `MAX_HISTORY` exchanges of a history, each text cut to what is read.

    `history` holds objects such as `Exchange` or `Answer`, or mappings such as their records, whose
    other fields are ignored. Answers about the collection itself are left out: no question depends
    on their words. Raises `InvalidArgument` for anything else.

    >>> check_history([{"question": "Who?", "text": "Ida", "probability": 0.9}])
    (Exchange(question='Who?', text='Ida', answered=True, citations=()),)
    """
    numbered = enumerate(_check_list(() if history is None else history, "history"))
    about_texts = [(n, one) for n, one in numbered if _read(one, "outcome") != "collection"]
    return tuple(_check_exchange(one, f"history[{n}]") for n, one in about_texts[-MAX_HISTORY:])


def _check_exchange(value: object, name: str) -> Exchange:
    answered = _field(value, "answered", name, default=True)
    if not isinstance(answered, bool):
        raise InvalidArgument(f"{name}.answered is not true or false. {_EXPECTED}")
    cited = _check_list(_field(value, "citations", name, default=()), f"{name}.citations")
    return Exchange(
        _check_text(_field(value, "question", name), f"{name}.question"),
        _check_text(_field(value, "text", name), f"{name}.text"),
        answered,
        tuple(
            Quotation(_check_text(_field(one, "quote", place), f"{place}.quote"))
            for number, one in enumerate(cited)
            for place in [f"{name}.citations[{number}]"]
        ),
    )


def _field(value: object, field: str, name: str, *, default: object = None) -> object:
    """Return a field of a mapping or of an object; raise `InvalidArgument` where it is missing."""
    found = _read(value, field)
    found = default if found is None else found
    if found is None:
        raise InvalidArgument(f'{name} has no "{field}". {_EXPECTED}')
    return found


def _read(value: object, field: str) -> object:
    return value.get(field) if isinstance(value, Mapping) else getattr(value, field, None)


def _check_list(value: object, name: str) -> list[object]:
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
        raise InvalidArgument(f"{name} is not a list. {_EXPECTED}")
    return list(value)


def _check_text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise InvalidArgument(f"{name} is not a string. {_EXPECTED}")
    text = value[:MAX_EXCHANGE_TEXT]
    if not is_unicode(text):
        raise InvalidArgument(f"{name} is not valid text. Send it in UTF-8.")
    return text
