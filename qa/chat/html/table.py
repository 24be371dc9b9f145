"""The place of a table in a conversation, as HTML: its questions, and a link for the page's script.

The script puts the table in the place of the link "#each="; `each.view` says what its cells hold.
"""

from collections.abc import Sequence

from qa.chat.html.answer import escape_text
from qa.history.records import Turn


def questions_html(questions: Sequence[str]) -> str:
    """Render the questions of a table, one a line; they cannot be edited."""
    return f'<p class="asked">{"<br>".join(map(escape_text, questions))}</p>'


def table_html(turn: Turn) -> str:
    """Render what was asked, and the place of the table."""
    said = escape_text(str(turn.answer.get("text", "")))
    return (
        f'<div class="each"><p class="lead">{said}</p><p><a href="#each={turn.id}">…</a></p></div>'
    )
