"""A conversation as a file, and an answer as text to be pasted."""

import html
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import index
import qa
from qa.answer import Answer
from qa.citation import Citation
from qa.history.conversations import Conversations
from qa.history.export import (
    conversation_json,
    conversation_markdown,
    turn_text,
)
from qa.history.records import Conversation, Turn
from qa.llm.phrase import Phrased
from qa.llm.verify import Sentence
from qa.rendering.escape import escape_markdown
from qa.rendering.serialize import answer_from_record

TALK = Conversation("c", "The cat", "2026-03-01T09:00:00.000000+00:00", "2026-03-02")
CITED = Citation(
    *("a.txt", "A *book*", "/a", 2, 10, 31, "The cat\nvisited Oslo.", 26, 30),
    *("footnote://x/10-31", ("b.txt",)),
)
OTHER = Citation(
    *("c.txt", "c.txt", "/c", None, 0, 17, "It went to Paris.", 11, 16), "footnote://y/0-17"
)
HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> [click](javascript:alert(1)) "
    "![x](http://example.org/x.png) {{constructor}} `code` **bold** www.example.org $x$"
)


def turn(answer, question="Where?", **fields):
    record = answer.to_dict() | {"threshold": 0.5}
    kept = {"searched_in": (), "vote": 0, "note": ""} | fields
    return Turn("t", "c", question, "2026-03-01T09:30:12.000001+00:00", record, **kept)


SHOWN = turn(Answer("Where?", "Where?", "Oslo", (CITED,), (OTHER,), 0.75, 0.75, "answer", (), ()))
REFUSED = turn(
    Answer("Why?", "Why?", qa.NOT_FOUND, (), (), 0.25, 0.25, "none", (OTHER,), ()),
    "Why?",
    searched_in=("a_b.txt",),
)
SENTENCE = turn(Answer("Where?", "Where?", OTHER.quote, (OTHER,), (), 0.75, 0.75, "answer", (), ()))
PROBABLY = turn(
    Answer("Why?", "Why?", OTHER.quote, (OTHER,), (), 0.25, 0.6, "passages", (), ()), "Why?"
)
NOTHING = turn(Answer("Why?", "Why?", qa.NOT_FOUND, (), (), 0.0, 0.0, "none", (), ()))


def test_markdown_of_a_conversation():
    assert (
        conversation_markdown(TALK, [SHOWN, REFUSED])
        == """\
# The cat

## Where?

2026-03-01 09:30 UTC

> Oslo
>
> “The cat visited Oslo.” \\[1\\]
>
> Other passages say otherwise:
>
> Paris: “It went to Paris.” \\[2\\]
>
> 75% likely to be right.

1. A \\*book\\*, page 2, a.txt, characters 10-31, also in b.txt
   footnote://x/10-31
2. c.txt, characters 0-17
   footnote://y/0-17

## Why?

2026-03-01 09:30 UTC, asked in a\\_b.txt

Not in the documents. The nearest sentences, which may not answer:

“It went to Paris.” \\[1\\]

1. c.txt, characters 0-17
   footnote://y/0-17
"""
    )


def test_text_for_the_clipboard():
    assert (
        turn_text(SHOWN)
        == """\
Oslo

“The cat visited Oslo.” [1]

Other passages say otherwise:

Paris: “It went to Paris.” [2]

75% likely to be right.

1. A *book*, page 2, a.txt, characters 10-31, also in b.txt
   footnote://x/10-31
2. c.txt, characters 0-17
   footnote://y/0-17
"""
    )
    assert (
        turn_text(SENTENCE)
        == """\
“It went to Paris.” [1]

75% likely to be right.

1. c.txt, characters 0-17
   footnote://y/0-17
"""
    )
    assert turn_text(REFUSED).startswith(
        "Not in the documents. The nearest sentences, which may not answer:\n\n“It went"
    )
    assert (
        turn_text(PROBABLY)
        == """\
The documents probably answer here (60% likely):

“It went to Paris.” [1]

1. c.txt, characters 0-17
   footnote://y/0-17
"""
    )
    assert turn_text(NOTHING) == "Not in the documents.\n"


def test_what_was_searched_for_and_what_a_language_model_said_are_exported():
    new = replace(OTHER, document_id="d.txt", title="d.txt", uri="")
    sentences = (
        Sentence("It was in Oslo.", (CITED,), True, ""),
        Sentence("Then in Paris.", (OTHER, new), True, ""),
        Sentence("And in Rome.", (), False, "No."),
    )
    answer = answer_from_record(SHOWN.answer)
    asked = replace(answer, question="And where?", searched_for="And where? (cat)", note="A note.")
    phrased = turn(replace(asked, phrased=Phrased(sentences, "")))
    assert turn_text(phrased).startswith("Searched for: And where? (cat)\n\nA note.\n\nOslo\n\n")
    assert turn_text(phrased).endswith(
        """
75% likely to be right.

In the words of the language model: It was in Oslo. [1] Then in Paris. [2] [3]

1. A *book*, page 2, a.txt, characters 10-31, also in b.txt
   footnote://x/10-31
2. c.txt, characters 0-17
   footnote://y/0-17
3. d.txt, characters 0-17
"""
    )
    assert "> Searched for: And where? (cat)\n" in conversation_markdown(TALK, [phrased])
    assert "> In the words of the language model: It was" in conversation_markdown(TALK, [phrased])


def test_a_row_of_a_table_is_exported_with_the_names_of_its_columns():
    header, row = "| Leave | *Who* | Weeks |", "| Parental | Greta | 28 |"
    cell = Citation("a.md", "A", "", None, 0, len(row), row, 21, 23, header=header)
    answer = Answer("W?", "W?", "28", (cell,), (), 0.75, 0.75, "answer", (), ())
    quoted = turn_text(turn(answer)).split("\n\n")[1]
    assert quoted == "“Parental · Greta · 28” [1] (columns: Leave · Who · Weeks)"


def test_marks_of_a_document_are_left_out():
    row = "| Parental | **Greta** Lindqvist | 28 |"
    cell = Citation("a.md", "A", "", None, 0, len(row), row, 13, 32)
    item = Citation("a.md", "A", "", None, 40, 65, "- Twins add **10** weeks.", 54, 56)
    for answer, paragraphs in (
        (
            Answer("W?", "W?", cell.words, (cell,), (item,), 0.75, 0.75, "answer", (), ()),
            [
                "Greta Lindqvist",
                "“Parental · Greta Lindqvist · 28” [1]",
                "Other passages say otherwise:",
                "10: “Twins add 10 weeks.” [2]",
            ],
        ),
        (
            Answer("W?", "W?", row, (cell,), (), 0.75, 0.75, "answer", (), ()),
            ["“Parental · Greta Lindqvist · 28” [1]"],
        ),
    ):
        assert turn_text(turn(answer)).split("\n\n")[: len(paragraphs)] == paragraphs
        for paragraph in paragraphs:
            assert f"> {escape_markdown(paragraph)}\n" in conversation_markdown(
                TALK, [turn(answer)]
            )
    kept = json.loads(conversation_json(TALK, [turn(answer)]))["turns"][0]["answer"]
    assert kept["text"] == kept["citations"][0]["quote"] == row


def test_text_holds_no_command_for_a_terminal():
    quoted = Citation("a\x1b[2J", "A", "", None, 0, 9, "\x1b]0;x\x07 \u202e1m", 0, 9)
    text = turn_text(
        turn(Answer("W?", "W?", "a\x1b[1m", (quoted,), (), 0.75, 0.75, "answer", (), ()))
    )
    assert text.splitlines()[0] == "a\ufffd[1m"
    assert "\u202e" not in text
    assert all(c.isprintable() for line in text.splitlines() for c in line)


def shown(markdown):
    """Return the text that Markdown shows, and the names of its elements, by another's renderer."""
    page = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
    return html.unescape(re.sub(r"<[^>]*>", "", page)).strip(), set(re.findall(r"<(\w+)", page))


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        *("# a", "- a", "+ a", "* a", "1. a", "12) a", "> a", "a\n===", "---", "***", "| a |\n|-|"),
        *("    code", "```\na\n```", "~~a~~", "&lt;b&gt; &#60;", "a\\", "a  \nb", "<!-- a -->"),
        *("[a]: javascript:x", "[a][b]", "![a](b)", "<http://a.b>", "$a$ {{b}} ^c^", "\\*a\\*"),
    ],
)
def test_text_of_others_stays_text(text):
    assert shown(escape_markdown(text)) == (" ".join(text.split()), {"p"})
    assert shown("> " + escape_markdown(text)) == (" ".join(text.split()), {"blockquote", "p"})
    assert shown("## " + escape_markdown(text)) == (" ".join(text.split()), {"h2"})


@given(st.text(st.sampled_from("ab1 \n\t.-+*_#>`~[]()<>!&;:/\\|=$\"'w@{}^éß😀"), min_size=1))
def test_any_text_stays_text(text):
    line = " ".join(text.split())
    assert shown(escape_markdown(text)) == (line, {"p"} if line else set())


def test_no_address_becomes_a_link():
    for address in ("https://a.org", "www.a.org", "WWW.a.org", "ftp://a.org", "mailto:a@b.org"):
        assert not re.search(r"(?i)https?://|www\.|ftp://|[^\\]@", escape_markdown(address))


def test_hostile_documents_stay_text_in_the_whole_file():
    cited = Citation(HOSTILE, HOSTILE, "", 1, 0, len(HOSTILE), HOSTILE, 0, 8, HOSTILE, (HOSTILE,))
    for answer in (
        Answer("W?", "W?", HOSTILE, (cited,), (cited,), 0.75, 0.75, "answer", (), ()),
        Answer("W?", "W?", qa.NOT_FOUND, (), (), 0.2, 0.2, "none", (cited,), ()),
    ):
        kept = turn(answer, HOSTILE, searched_in=(HOSTILE,))
        _, elements = shown(conversation_markdown(Conversation("c", HOSTILE, "", ""), [kept, kept]))
        assert elements <= {"h1", "h2", "p", "blockquote", "ol", "li"}


def test_json_has_a_stable_shape():
    found = json.loads(conversation_json(TALK, [SHOWN, REFUSED]))
    assert list(found) == ["format", "title", "created", "changed", "turns"]
    assert (found["format"], found["title"]) == (1, "The cat")
    shown, refused = found["turns"]
    assert list(shown) == ["question", "asked", "searched_in", "vote", "note", "answer"]
    assert refused["searched_in"] == ["a_b.txt"]
    assert shown["answer"]["citations"] == [
        {
            "document_id": "a.txt",
            "title": "A *book*",
            "page": 2,
            "start": 10,
            "end": 31,
            "quote": "The cat\nvisited Oslo.",
            "answer_start": 26,
            "answer_end": 30,
            "uri": "footnote://x/10-31",
            "also": ["b.txt"],
        }
    ]
    assert set(shown["answer"]) >= {"text", "probability", "answered", "searched_for", "threshold"}
    assert (refused["answer"]["answered"], len(refused["answer"]["near"])) == (False, 1)


def test_exported_citations_can_be_checked(tmp_path, word_encoder):
    (tmp_path / "a.txt").write_text("It rained. The cat visited Oslo.")
    index.build([tmp_path / "a.txt"], index=tmp_path / "index", encoder=word_encoder)
    generation = index.open_index(tmp_path / "index")
    answer = qa.ask(
        "Who visited Oslo?", index=generation, encoder=word_encoder, reader=qa.NONE, threshold=0
    )
    store = Conversations(tmp_path / "index")
    talk = store.new("ann").id
    store.add("ann", talk, answer.question, answer)
    found = json.loads(conversation_json(store.conversation("ann", talk), store.turns("ann", talk)))
    (citation,) = found["turns"][0]["answer"]["citations"]
    assert qa.check(citation["uri"], index=generation).status == "valid"
    (tmp_path / "a.txt").write_text("New. The cat visited Oslo.")
    index.build([tmp_path / "a.txt"], index=tmp_path / "index", encoder=word_encoder)
    assert qa.check(citation["uri"], index=tmp_path / "index").status == "moved"
