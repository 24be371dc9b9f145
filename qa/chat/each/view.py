"""What the page shows of a table: its cells and its pictures, as plain data.

The exported table is made by `rendering.table`, whose cells these extend by links to the places.
"""

from collections.abc import Sequence
from typing import Any

from index.text.plural import count_noun
from qa.answer import Answer
from qa.chat.each.chart import MAX_BARS, Row, draw_group
from qa.chat.each.values import Group, group_values
from qa.chat.html.answer import citation_link, select_quotations
from qa.chat.html.probability import probability_percent, probability_words
from qa.rendering.plain_text import format_answer_words, format_document_name
from qa.rendering.table import make_cell


def answer_view(answer: Answer) -> dict[str, Any]:
    """Return an answer as the page shows it in a cell.

    {"question", "document": {"id", "name", "date"}, "parts": [{"text", "link"}], "remark", "sure",
    "percent", "page"}. Each part is a quotation with the link to its place; there is none where the
    document does not answer, and the remark then says so.
    """
    cell, asked = make_cell(answer), answer.document
    cited = _select_places(answer)
    likely = cell.likely if cited else None
    return {
        "question": answer.question,
        "document": {
            "id": asked.document_id if asked else "",
            "name": format_document_name(asked.title, asked.document_id) if asked else "",
            "date": asked.date if asked else "",
        },
        "parts": [{"text": text, "link": link} for text, link in cited],
        "remark": cell.remark if cited or not cell.text else cell.text,
        "sure": "" if likely is None else probability_words(likely),
        "percent": "" if likely is None else probability_percent(likely),
        "page": cell.page,
    }


def charts_view(answers: Sequence[Answer], questions: Sequence[str]) -> list[dict[str, Any]]:
    """Return the pictures of a table: for each question whose answers are numbers or dates.

    [{"question", "svg", "caption"}]; the caption names the unit, and what is not drawn and why.
    """
    found = []
    for question in questions:
        column = [answer for answer in answers if answer.question == question]
        words = [make_cell(one).text if one.outcome == "answer" else "" for one in column]
        groups = group_values(words, question)
        single = sum(map(bool, words)) - sum(len(group.places) for group in groups)
        for group in groups:
            rows = [
                Row(view["document"]["name"], words[place], view["parts"][0]["link"])
                for place in group.places
                if (view := answer_view(column[place]))
            ]
            svg = draw_group(group, rows)
            caption = _describe_group(group, others=len(groups) - 1, single=single)
            found.append({"question": question, "svg": svg, "caption": caption})
    return found


def _select_places(answer: Answer) -> list[tuple[str, str]]:
    """Return the quotations of an answer in the order of its text, each with the link to it."""
    if answer.outcome == "passages":
        return [(make_cell(answer).text, citation_link(answer.citations[0]))]
    return [
        (format_answer_words(cited), citation_link(cited)) for cited in select_quotations(answer)
    ]


def _describe_group(group: Group, *, others: int, single: int) -> str:
    """Return the caption of a picture.

    >>> group = Group((0, 2), (), "euros", False)
    >>> _describe_group(group, others=1, single=0)
    '2 answers, in euros. Answers in other units are drawn apart.'
    """
    many = len(group.places)
    unit = f", in {group.label}" if group.label else "" if group.dates else ", without a unit"
    notes = [f"{count_noun(many, 'answer')}{unit}."]
    if many > MAX_BARS:
        notes.append(f"The first {MAX_BARS} are drawn.")
    if others:
        notes.append("Answers in other units are drawn apart.")
    if single:
        are = "is" if single == 1 else "are"
        notes.append(
            f"{count_noun(single, 'answer')} {are} not drawn: no single value, or no other in its "
            "unit."
        )
    return " ".join(notes)
