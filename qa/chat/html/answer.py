"""A kept answer -> what the chat shows of it.

It is HTML in which no text of others is markup. The chat's own sanitiser lets links, classes and
`details` through, so what the page's script is to act on is told by links: "#cite=" opens a
source, "#turn=" becomes the buttons under an answer, "#edit=" the one beside a question, and
"#search=" the one beside what was searched for.
"""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

import qa
from index.extract.document import shorten
from qa.llm.verify import Sentence
from qa.rendering.plain_text import shown, shown_name, shown_quote, shown_text, shown_words

WORDS = (
    (0.9, "very likely"),
    (0.66, "likely"),
    (0.5, "more likely than not"),
    (0.33, "about as likely as not"),
    (0.1, "unlikely"),
    (0.0, "very unlikely"),
)
"""What probabilities are called, from which on; after the scale of the IPCC's reports."""


def said(probability: float) -> str:
    """Return a probability in words and figures.

    >>> said(0.94)
    'very likely, 94%'
    """
    return f"{in_words(probability)}, {in_figures(probability)}"


def in_words(probability: float) -> str:
    return next(words for least, words in WORDS if probability >= least)


def in_figures(probability: float) -> str:
    return f"{min(probability, 0.99):.0%}"  # Nothing is certain that was read by a machine.


def question_html(turn_id: str, question: str) -> str:
    """Return a question as the chat shows it; without a `turn_id` it cannot be edited."""
    edit = f'<a href="#edit={turn_id}">edit</a>' if turn_id else ""
    return f'<p class="asked">{plain(question)}</p>{edit}'


def answer_html(
    turn_id: str,
    answer: qa.Answer,
    vote: int = 0,
    only_in: Sequence[str] = (),
    *,
    phrasing: str = "",
    begin: bool = False,
) -> str:
    """Return an answer as the chat shows it, in one piece without an empty line.

    With `phrasing`, the page's script puts what a language model is saying here; with `begin` it
    asks for that, once for each value.
    """
    body = _shown(answer) if answer.answered else _not_found(answer)
    body = _searched_for(turn_id, answer) + body
    if answer.phrased:
        body += _phrased(answer, answer.phrased)
    elif phrasing:
        body += f'<p><a href="#{"phrase" if begin else "phrased"}={turn_id}:{phrasing}">…</a></p>'
    if only_in:
        names = ", ".join(only_in[:3]) + (f" and {len(only_in) - 3:,} more" if only_in[3:] else "")
        body += f'<p class="only">Asked only in {plain(names)}</p>'
    tools = f'<a href="#turn={turn_id}:{vote}">actions</a>' if turn_id else ""
    kind = "answer" if answer.answered else "answer none"
    return f'<div class="{kind}">{body}{tools}</div>'


def notice_html(message: str) -> str:
    """Return what could not be done, as the chat shows it."""
    return f'<div class="notice">{plain(message)}</div>'


def _searched_for(turn_id: str, answer: qa.Answer) -> str:
    """Return what was searched for, where that is more than the question."""
    if answer.searched_for == answer.question:
        return ""
    change = f' <a href="#search={turn_id}">change</a>' if turn_id else ""
    return (
        f'<p class="searched">Searched for: <span>{plain(answer.searched_for)}</span>{change}</p>'
    )


def _shown(answer: qa.Answer) -> str:
    """Return the words that answer, then the sentences that they stand in."""
    citations, conflicting, own = answer.citations, answer.conflicting, _own(answer)
    again = [citation for citation in citations if citation not in own]
    text = shown_text(answer)
    whole = len(own) == 1 and text == shown_quote(own[0])
    parts = [] if whole else [f'<p class="words">{plain(text)}</p>']
    parts += [_quotation(citation, number) for number, citation in enumerate(own, 1)]
    if also := _also(own, again):
        parts.append(f'<p class="also">Also found in {also}</p>')
    parts.append(f'<p class="sure"><span>{said(answer.probability)}</span></p>')
    if conflicting:
        parts.append('<p class="notice">Other passages say otherwise:</p>')
        parts += [_quotation(citation, n) for n, citation in enumerate(conflicting, len(own) + 1)]
    return "".join(parts)


def _own(answer: qa.Answer) -> list[qa.Citation]:
    """Return the citations of an answer that are shown as quotations, each of its words once."""
    first = {shown_words(found).casefold(): found for found in reversed(answer.citations)}
    return [citation for citation in answer.citations if citation in first.values()]


def _phrased(answer: qa.Answer, phrased: qa.Phrased) -> str:
    """Return what a language model said: what the documents say of it, and folded the rest."""
    numbers = numbered(answer)
    parts = []
    for sentence in phrased.supported:
        marks = "".join(
            f' <a href="{href}">{number}</a>' for href, number in sentence_links(sentence, numbers)
        )
        parts.append(f"{plain(sentence.text)}{marks}")
    shown = f'<p class="said">{" ".join(parts)}</p>' if parts else ""
    struck = [sentence for sentence in phrased.sentences if not sentence.supported]
    left = "".join(
        f'<li><s>{plain(sentence.text)}</s> <span class="from">{plain(sentence.reason)}</span></li>'
        for sentence in struck
    )
    if struck:
        shown += f"<details><summary>{left_out(len(struck))}</summary><ul>{left}</ul></details>"
    note = f'<p class="from">{plain(phrased.note)}</p>' if phrased.note else ""
    return f'<div class="phrased">{shown}{note}</div>'


def left_out(count: int) -> str:
    """Return how many sentences of a language model are not shown.

    >>> left_out(1)
    '1 sentence was left out because the documents do not say so'
    """
    what = "1 sentence was" if count == 1 else f"{count} sentences were"
    return f"{what} left out because the documents do not say so"


Numbers = dict[tuple[str, int, int], int]
"""The number that each range of a document goes by in an answer."""


def numbered(answer: qa.Answer) -> Numbers:
    """Return the numbers of the quotations that an answer shows."""
    cited = [*_own(answer), *answer.conflicting]
    return {(c.document_id, c.start, c.end): number for number, c in enumerate(cited, 1)}


def sentence_links(sentence: Sentence, numbers: Numbers) -> list[tuple[str, int]]:
    """Return the address and number of each citation of a sentence; a new one is added."""
    found = []
    for citation in sentence.citations:
        where = (citation.document_id, citation.start, citation.end)
        number = numbers.setdefault(where, max(numbers.values(), default=0) + 1)
        found.append((link(citation), number))
    return found


def _not_found(answer: qa.Answer) -> str:
    near = "".join(
        f'<li><a href="{link(citation)}">{plain(shorten(shown_quote(citation), 300))}</a>'
        f'<span class="from">{plain(place(citation))}</span></li>'
        for citation in answer.near
    )
    likely = f"{in_words(answer.probability)} to answer ({in_figures(answer.probability)})"
    folded = (
        f"<details><summary>The nearest sentences, {likely}</summary>"
        f'<ol class="near">{near}</ol></details>'
    )
    return f'<p class="notice"><strong>{plain(qa.NOT_FOUND)}</strong></p>{folded if near else ""}'


def _quotation(citation: qa.Citation, number: int) -> str:
    """Return the sentence of a citation, its answering words in bold, with its place."""
    before, words, after = shown(citation)
    text = (
        plain(words)
        if not (before.strip() or after.strip())
        else (
            f"{plain(before)}{' ' * before[-1:].isspace()}<b>{plain(words)}</b>"
            f"{' ' * after[:1].isspace()}{plain(after)}"
        )
    )
    return (
        f'<blockquote>{text} <a href="{link(citation)}">{number}</a>'
        f'<span class="from">{plain(place(citation))}</span></blockquote>'
    )


def _also(own: Sequence[qa.Citation], again: Sequence[qa.Citation]) -> str:
    """Return links to where the same is said: in other passages, and in copies of the document."""
    found = {link(citation): place(citation) for citation in again}
    for citation in own:
        copies = (replace(citation, document_id=copy) for copy in citation.also)
        found |= {link(copy): place(copy) for copy in copies}
    return ", ".join(f'<a href="{where}">{plain(name)}</a>' for where, name in found.items())


def link(citation: qa.Citation) -> str:
    """Return the address by which the page's script opens a citation."""
    document = quote(citation.document_id, safe="")
    start, end = citation.answer_start, citation.answer_end
    return f"#cite={document}:{citation.start}:{citation.end}:{start}:{end}"


def place(citation: qa.Citation) -> str:
    """Return where a citation stands, for a person."""
    page = f", page {citation.page}" if citation.page else ""
    return f"{shown_name(citation.title, citation.document_id)}{page}"


def plain(text: str) -> str:
    """Return text that Markdown and HTML show as it is, on one line.

    >>> plain("<b>*5*")
    '&#60;b&#62;&#42;5&#42;'
    """
    return "".join(
        c if c.isalnum() or c == " " or ord(c) > 127 else f"&#{ord(c)};"
        for c in " ".join(text.split())
    )
