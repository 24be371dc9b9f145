"""Questions and answers rendered as the HTML that the chat shows.

Texts of users and documents are escaped, so they are never markup. Gradio's sanitiser keeps links,
classes and `details`, so links carry the data for the page's scripts: "#cite=" opens a source,
"#turn=" becomes the buttons under an answer, "#edit=" the button beside a question, "#search=" the
one beside the search text, "#all=" the one that asks all documents, and "#phrase=" or "#phrased="
the place of a language model's phrasing.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import quote

import qa
from index.text.canonical import shorten
from index.text.invisible import reveal_controls
from qa.chat.html.probability import (
    format_probability,
    probability_percent,
    probability_words,
)
from qa.llm.verify import Sentence
from qa.rendering.columns import format_columns
from qa.rendering.plain_text import (
    format_answer_text,
    format_answer_words,
    format_document_name,
    format_passages_heading,
    format_quote,
    format_quote_parts,
)


def question_html(turn_id: str, question: str) -> str:
    """Render a question; without a `turn_id` it cannot be edited."""
    edit = f'<a href="#edit={turn_id}">edit</a>' if turn_id else ""
    return f'<p class="asked">{escape_text(question)}</p>{edit}'


def answer_html(
    turn_id: str,
    answer: qa.Answer,
    vote: int = 0,
    only_in: Sequence[str] = (),
    *,
    phrasing: str = "",
    begin: bool = False,
    name_of: Callable[[str], str] = lambda document_id: format_document_name("", document_id),
) -> str:
    """Render an answer on one line, since an empty line would end the HTML in Markdown.

    With `phrasing`, the page's script inserts the language model's phrasing here; with `begin`, it
    requests the phrasing, once for each value of `phrasing`. `name_of` returns the name of a
    document, of those `only_in` which it was searched.
    """
    render = {
        "answer": _render_exact,
        "passages": _render_sentences,
        "none": _render_not_found,
        "collection": _render_collection,
    }
    body = _render_search(turn_id, answer) + render[answer.outcome](answer)
    if answer.note:
        body += f'<p class="from">{escape_text(reveal_controls(answer.note))}</p>'
    if answer.phrased:
        body += _render_phrasing(answer, answer.phrased)
    elif phrasing:
        body += f'<p><a href="#{"phrase" if begin else "phrased"}={turn_id}:{phrasing}">…</a></p>'
    if only_in:
        body += _render_selection(answer, only_in, name_of)
    tools = f'<a href="#turn={turn_id}:{vote}">actions</a>' if turn_id else ""
    kind = "answer" if answer.outcome == "answer" else f"answer {answer.outcome}"
    return f'<div class="{kind}">{body}{tools}</div>'


def _render_selection(
    answer: qa.Answer, only_in: Sequence[str], name_of: Callable[[str], str]
) -> str:
    """Name the documents that were searched and, where they do not answer, offer to ask all."""
    links = ", ".join(
        f'<a href="{document_link(document)}"><bdi>{escape_text(name_of(document))}</bdi></a>'
        for document in only_in[:3]
    )
    more = f" and {len(only_in) - 3:,} more" if only_in[3:] else ""
    ask_all = f'<a href="#all={quote(answer.question, safe="")}">Ask all documents</a>'
    offer = f"<p>{ask_all}</p>" if answer.outcome == "none" else ""
    return f'<p class="only">Searched only in {links}{more}</p>{offer}'


def notice_html(message: str) -> str:
    """Render an error message."""
    return f'<div class="notice">{escape_text(message)}</div>'


def _render_search(turn_id: str, answer: qa.Answer) -> str:
    """Render the search text if it differs from the question."""
    if answer.searched_for == answer.question:
        return ""
    change = f' <a href="#search={turn_id}">change</a>' if turn_id else ""
    search = escape_text(answer.searched_for)
    return f'<p class="searched">Searched for: <span>{search}</span>{change}</p>'


def _render_exact(answer: qa.Answer) -> str:
    """Render the answer text, then the quoted sentences that contain it."""
    citations, conflicting, own = answer.citations, answer.conflicting, select_quotations(answer)
    again = [citation for citation in citations if citation not in own]
    text = format_answer_text(answer)
    whole = len(own) == 1 and text == format_quote(own[0])
    parts = [] if whole else [f'<p class="words">{escape_text(text)}</p>']
    parts += [_render_quotation(citation, number) for number, citation in enumerate(own, 1)]
    if also := _link_other_places(own, again):
        parts.append(f'<p class="also">Also found in {also}</p>')
    parts.append(f'<p class="sure"><span>{format_probability(answer.probability)}</span></p>')
    if conflicting:
        parts.append('<p class="notice">Other passages say otherwise:</p>')
        parts += [
            _render_quotation(citation, n) for n, citation in enumerate(conflicting, len(own) + 1)
        ]
    return "".join(parts)


def _render_sentences(answer: qa.Answer) -> str:
    """Render the sentences that probably answer, and that the exact words are unsure."""
    quoted = "".join(_render_quotation(c, number) for number, c in enumerate(answer.citations, 1))
    likely = f"{probability_words(answer.answerable)} to answer, "
    percent = probability_percent(answer.answerable)
    lead = f'<p class="lead">{format_passages_heading(answer)}:</p>'
    return f'{lead}{quoted}<p class="sure"><span>{likely}{percent}</span></p>'


def _render_collection(answer: qa.Answer) -> str:
    """Render what is said of the collection, links to the documents listed, and quotations."""
    said = escape_text(reveal_controls(answer.text.partition("\n")[0]))
    listed = "".join(
        f'<li><a href="{document_link(document.document_id)}">'
        f"<bdi>{escape_text(format_document_name(document.title, document.document_id))}</bdi></a>"
        f'<span class="from">{escape_text(document.about)}</span></li>'
        for document in answer.documents
    )
    quoted = "".join(_render_quotation(c, number) for number, c in enumerate(answer.citations, 1))
    documents = f'<ul class="near">{listed}</ul>' if listed else ""
    return f'<p class="lead">{said}</p>{documents}{quoted}'


def select_quotations(answer: qa.Answer) -> list[qa.Citation]:
    """Return the first citation for each distinct answer text; these are quoted in full."""
    first = {format_answer_words(found).casefold(): found for found in reversed(answer.citations)}
    return [citation for citation in answer.citations if citation in first.values()]


def _render_phrasing(answer: qa.Answer, phrased: qa.Phrased) -> str:
    """Render a phrasing: the supported sentences, and the unsupported ones folded away."""
    numbers = number_quotations(answer)
    parts = []
    for sentence in phrased.supported:
        marks = "".join(
            f' <a href="{href}">{number}</a>' for href, number in sentence_links(sentence, numbers)
        )
        parts.append(f"{escape_text(sentence.text)}{marks}")
    shown = f'<p class="sentences">{" ".join(parts)}</p>' if parts else ""
    unsupported = [sentence for sentence in phrased.sentences if not sentence.supported]
    items = "".join(
        f"<li><s>{escape_text(sentence.text)}</s> "
        f'<span class="from">{escape_text(sentence.reason)}</span></li>'
        for sentence in unsupported
    )
    if unsupported:
        summary = omission_notice(len(unsupported))
        shown += f"<details><summary>{summary}</summary><ul>{items}</ul></details>"
    note = f'<p class="from">{escape_text(phrased.note)}</p>' if phrased.note else ""
    return f'<div class="phrased">{shown}{note}</div>'


def omission_notice(count: int) -> str:
    """Return a notice on the number of unsupported sentences.

    >>> omission_notice(1)
    '1 sentence was left out because the documents do not support it'
    """
    if count == 1:
        return "1 sentence was left out because the documents do not support it"
    return f"{count} sentences were left out because the documents do not support them"


CitationNumbers = dict[tuple[str, int, int], int]
"""The citation number of each range: (document id, start, end) to number."""


def number_quotations(answer: qa.Answer) -> CitationNumbers:
    """Return the numbers of the quotations in an answer."""
    cited = [*select_quotations(answer), *answer.conflicting]
    return {citation.range: number for number, citation in enumerate(cited, 1)}


def sentence_links(sentence: Sentence, numbers: CitationNumbers) -> list[tuple[str, int]]:
    """Return the link and number of each citation of a sentence; new ranges join `numbers`."""
    found = []
    for citation in sentence.citations:
        number = numbers.setdefault(citation.range, max(numbers.values(), default=0) + 1)
        found.append((citation_link(citation), number))
    return found


def _render_not_found(answer: qa.Answer) -> str:
    near = "".join(
        f'<li><a href="{citation_link(citation)}">'
        f"{escape_text(shorten(format_quote(citation), 300))}</a>"
        f'<span class="from">{_render_place(citation)}</span></li>'
        for citation in answer.near
    )
    percent = probability_percent(answer.answerable)
    likely = f"{probability_words(answer.answerable)} to answer ({percent})"
    folded = (
        f"<details><summary>The nearest sentences, {likely}</summary>"
        f'<ol class="near">{near}</ol></details>'
    )
    notice = f'<p class="notice"><strong>{escape_text(qa.NOT_FOUND)}</strong></p>'
    return notice + (folded if near else "")


def _render_quotation(citation: qa.Citation, number: int) -> str:
    """Render the sentence of a citation and its place, with the answering words in bold.

    A row of a table comes below the names of its columns.
    """
    before, words, after = format_quote_parts(citation)
    text = (
        escape_text(words)
        if not (before.strip() or after.strip())
        else (
            f"{escape_text(before)}{' ' * before[-1:].isspace()}<b>{escape_text(words)}</b>"
            f"{' ' * after[:1].isspace()}{escape_text(after)}"
        )
    )
    names = escape_text(format_columns(citation))
    columns = f'<span class="from">{names}</span>' if names else ""
    return (
        f'<blockquote>{columns}{text} <a href="{citation_link(citation)}">{number}</a>'
        f'<span class="from">{_render_place(citation)}</span></blockquote>'
    )


def _link_other_places(own: Sequence[qa.Citation], again: Sequence[qa.Citation]) -> str:
    """Render links to other passages with the same answer, and to copies of the documents."""
    found = {citation_link(citation): _render_place(citation) for citation in again}
    for citation in own:
        copies = (replace(citation, document_id=copy, date="") for copy in citation.also)
        found |= {citation_link(copy): _render_place(copy) for copy in copies}
    return ", ".join(f'<a href="{where}">{place}</a>' for where, place in found.items())


def citation_link(citation: qa.Citation) -> str:
    """Return the link by which the page's script opens a citation.

    It ends with the sha256 of the text, where the citation names it, so that the text is found once
    its document has changed or was removed.
    """
    document = quote(citation.document_id, safe="")
    start, end = citation.answer_start, citation.answer_end
    text = f":{citation.sha256}" if citation.sha256 else ""
    return f"#cite={document}:{citation.start}:{citation.end}:{start}:{end}{text}"


def document_link(document_id: str) -> str:
    """Return the link by which the page's script opens a document at its beginning."""
    return f"#cite={quote(document_id, safe='')}:0:0"


def _render_place(citation: qa.Citation) -> str:
    """Render the place of a citation, with its name isolated from the direction of the rest."""
    name = format_document_name(citation.title, citation.document_id)
    return f"<bdi>{escape_text(name)}</bdi>{escape_text(citation.place)}"


def escape_text(text: str) -> str:
    """Return text on one line, with all characters escaped that Markdown or HTML could interpret.

    >>> escape_text("<b>*5*")
    '&#60;b&#62;&#42;5&#42;'
    """
    return "".join(
        c if c.isalnum() or c == " " or ord(c) > 127 else f"&#{ord(c)};"
        for c in " ".join(text.split())
    )
