"""Views of a document: blocks and parts, with exactly the cited words marked."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makings import WordEncoder, write_files

import index
from index.errors import FootnoteError
from index.extract.document import Document
from qa.chat.html.source import (
    VIEW_LENGTH,
    blocks_between,
    blocks_near,
    find_query,
    quote_view,
    source_view,
)
from qa.rendering.blocks import parse_blocks
from qa.rendering.inline import Highlight
from qa.rendering.markdown_lines import MAX_BLOCK_LENGTH, find_code_ranges

NOTHING = Highlight(0, 0)


def document(text, media_type="text/markdown", page_starts=()) -> Document:
    return Document("a", "A", text, "/a", media_type, page_starts, "")


def shown(text, media_type="text/markdown", page_starts=(), marked=NOTHING):
    """Return the blocks of all of a text."""
    return parse_blocks(document(text, media_type, page_starts), 0, len(text), marked)


def parts(block):
    """Return the parts of a block, those of a table's cells one after the other."""
    if block["kind"] == "table":
        return [part for row in block["rows"] for cell in row for part in cell]
    return block.get("parts", [])


def words(block):
    return "".join(part["text"] for part in parts(block))


def outline(blocks):
    return [(block["kind"], words(block)) for block in blocks]


# --- blocks -------------------------------------------------------------------------------------


def test_markdown_is_split_into_blocks():
    text = (
        "# Ice #\n\nIt froze\nin May.\n- one\n  more\n  - two\n- three\n\n7. seven\n8) eight\n"
        "***\n> said\n> so\n\n| Port | Days |\n| --- | ---: |\n| Oslo | 3 |\n| A\\|B |  |\n\n"
        "```py\n# no heading\n\n| x |\n```\nEnd."
    )
    blocks = shown(text)
    assert outline(blocks) == [
        ("heading", "Ice"),
        ("paragraph", "It froze\nin May."),
        ("item", "one\n  more"),
        ("item", "two"),
        ("item", "three"),
        ("item", "seven"),
        ("item", "eight"),
        ("rule", ""),
        ("paragraph", "said\nso"),
        ("table", "PortDaysOslo3A|B"),
        ("code", "# no heading\n\n| x |"),
        ("paragraph", "End."),
    ]
    assert blocks[0]["level"] == 1
    assert [b.get("bullet", b.get("number")) for b in blocks[2:7]] == ["•", "•", "•", "7.", "8)"]
    assert [block["depth"] for block in blocks[2:7]] == [0, 1, 0, 0, 0]
    assert blocks[8]["quote"] is True
    table = blocks[9]
    assert table["header"] is True
    assert [["".join(part["text"] for part in cell) for cell in row] for row in table["rows"]] == [
        ["Port", "Days"],
        ["Oslo", "3"],
        ["A|B", ""],
    ]


def test_a_paragraph_of_an_item_has_its_depth():
    blocks = shown("- one\n  - two\n\n    of two\n\n  of one\n\nof none\n\n  of none\n")
    assert [(words(block), block.get("depth")) for block in blocks] == [
        ("one", 0),
        ("two", 1),
        ("of two", 1),
        ("of one", 0),
        ("of none", None),
        ("of none", None),
    ]


def test_inline_markup_becomes_styles():
    text = (
        "A **big _ice_** and *thin* `**code**` [the log](http://x.org/a_(b) 'title') "
        "![a map](m.png) 2*3*4 snake_case_name \\*kept\\* __so__ [![badge](b.svg)](http://y)"
    )
    (block,) = shown(text)
    styled = [(part["text"], part["style"]) for part in block["parts"] if "style" in part]
    assert styled == [
        ("big ", "strong"),
        ("ice", "em"),
        ("thin", "em"),
        ("**code**", "code"),
        ("so", "strong"),
    ]
    assert words(block) == (
        "A big ice and thin **code** the log a map 2*3*4 snake_case_name *kept* so badge"
    )


def test_marks_in_other_formats_are_text():
    """A Word file's stars are its own; only bars in cells are escaped on the way."""
    text = "2 * 3 **x** \\_y\n\n| a\\|b *c* |\n"
    assert outline(shown(text, "application/vnd.x")) == [
        ("paragraph", "2 * 3 **x** \\_y"),
        ("table", "a|b *c*"),
    ]


def test_plain_text_has_no_marks_and_keeps_its_lines():
    blocks = shown("# one\n  - two\n \n\n> three\n| 4 |\n", "text/plain")
    assert outline(blocks) == [("paragraph", "# one\n  - two"), ("paragraph", "> three\n| 4 |")]
    assert all(block["lines"] for block in blocks)
    assert "lines" not in shown("one\ntwo")[0]


def test_pages_of_a_pdf_are_separated_and_short_lines_end_paragraphs():
    long = "The ship left the harbour in the early"
    text = f"Title\n{long}\n{long}\nmorning.\n{long}\nend\n\nof it\nall.\n\n"
    starts = (0, text.index("of it"))
    blocks = shown(text, "application/pdf", starts)
    assert [block.get("number", words(block)) for block in blocks] == [
        1,
        "Title",
        f"{long}\n{long}\nmorning.",
        f"{long}\nend",
        2,
        "of it\nall.",
    ]
    assert [block["start"] for block in blocks if block["kind"] == "page"] == list(starts)


def test_front_matter_and_code_without_an_end():
    text = "---\ntitle: Ice\n# no\n---\n# Yes\n~~~\n```\n# no\n~~~ \n# Yes\n```\n# no"
    assert outline(shown(text)) == [
        ("code", "title: Ice\n# no"),
        ("heading", "Yes"),
        ("code", "```\n# no"),
        ("heading", "Yes"),
        ("code", "# no"),
    ]


def test_a_window_continues_the_code_or_list_that_it_begins_in():
    text = "```\n" + "# code\n" * 10 + "```\n- a\n  - b\n    - c\n    - d\n| h |\n|---|\n| 1 |\n"
    at = text.index("# code", 30)
    assert outline(parse_blocks(document(text), at, at + 7, NOTHING)) == [("code", "# code")]
    at = text.index("    - d")
    blocks = parse_blocks(document(text), at, len(text), NOTHING)
    assert blocks[0]["depth"] == 2
    at = text.index("| 1 |")
    (table,) = parse_blocks(document(text), at, len(text), NOTHING)
    assert (table["kind"], table["header"]) == ("table", False)


def test_a_table_without_outer_bars_is_shown_as_one():
    text = "Prices.\nPart | Price\n--- | ---\nKX | 12\n- | 3\nText | too."
    assert outline(shown(text)) == [("paragraph", "Prices."), ("table", "PartPriceKX12-3Texttoo.")]
    part = parse_blocks(document(text), text.index("- | 3"), len(text), NOTHING)
    assert outline(part) == [("table", "-3Texttoo.")]
    assert outline(shown("Text | too.")) == [("paragraph", "Text | too.")]


def test_only_the_second_row_of_a_table_can_rule_off_its_header():
    text = "| h |\n|---|\n| 1 |\n| - |\n| 2 |\n"
    assert outline(shown(text)) == [("table", "h1-2")]
    below = parse_blocks(document(text), text.index("| 1"), len(text), NOTHING)
    assert [(block["header"], words(block)) for block in below] == [(False, "1-2")]


def test_a_window_that_begins_within_a_line_begins_with_words():
    text = "About # one\n# Two"
    assert outline(parse_blocks(document(text), 6, len(text), NOTHING)) == [
        ("paragraph", "# one"),
        ("heading", "Two"),
    ]


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        ("word " * 200_000, "text/plain"),
        ("x" * 1_000_000, "text/markdown"),
        ("> " + "word " * 200_000, "text/markdown"),
        ("- " + "word " * 200_000, "text/markdown"),
        ("> word\n" * 140_000, "text/markdown"),
        ("| a | b |\n" * 100_000, "text/csv"),
        ("| " + "word " * 200_000 + "|", "text/csv"),
        ("```\n" + "code\n" * 200_000, "text/markdown"),
        ("line\n" * 200_000, "application/pdf"),
    ],
)
def test_a_huge_block_is_cut(text, media_type):
    found = blocks_between(document(text, media_type), 0, None, NOTHING)
    assert found["to"] < VIEW_LENGTH * 2
    assert len(found["blocks"]) > 2
    assert max(block["end"] - block["start"] for block in found["blocks"]) <= MAX_BLOCK_LENGTH + 2
    assert {block["kind"] for block in found["blocks"]} <= {"paragraph", "item", "table", "code"}


# --- marks --------------------------------------------------------------------------------------


def marks(text, start, end, answer=None, media_type="text/markdown"):
    return [
        (part["text"], part["mark"])
        for block in shown(text, media_type, marked=Highlight(start, end, answer))
        for part in parts(block)
    ]


def test_cited_words_and_those_that_answer_are_marked():
    text = "The **harbour** master\nis Ida Holm. 👩🏽‍🚀\n\n| Ida | 3 |\n"
    start, end = text.index("harbour") + 3, text.index("Ida |") + 2
    first = text.index("Ida Holm")
    assert marks(text, start, end, (first, first + 8)) == [
        ("The ", None),
        ("har", None),
        ("bour", "cited"),
        (" master\nis ", "cited"),
        ("Ida Holm", "answer"),
        (". 👩🏽‍🚀", "cited"),
        ("Id", "cited"),
        ("a", None),
        ("3", None),
    ]


TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(
            [
                *(
                    "# ",
                    "\n",
                    "\n\n",
                    "a",
                    "Bc d",
                    "**",
                    "*",
                    "_",
                    "`",
                    "```",
                    "~~~",
                    "| ",
                    "|",
                    "\\",
                ),
                *(
                    "- ",
                    "  ",
                    "1. ",
                    "---\n",
                    "k: v\n",
                    "[x](y)",
                    "](",
                    "![",
                    "> ",
                    "ß",
                    "👩🏽‍🚀",
                    "\t",
                ),
                *("é", "|---|\n", "word " * 30, "\x0b", "\u2028", "\r"),
            ]
        ),
        max_size=60,
    ).map("".join),
)
TYPES = st.sampled_from(["text/markdown", "text/plain", "application/pdf", "text/html", "text/csv"])


@given(TEXTS, TYPES, st.data())
def test_every_part_is_a_slice_and_just_the_cited_ones_are_marked(text, media_type, data):
    places = st.integers(0, len(text))
    start, first, last, end = sorted(data.draw(st.tuples(places, places, places, places)))
    starts = tuple(sorted(data.draw(st.sets(places, max_size=3))))
    answer = data.draw(st.sampled_from([None, (first, last)]))
    blocks = shown(text, media_type, starts, Highlight(start, end, answer))
    json.dumps(blocks, ensure_ascii=False).encode()
    at = 0
    for block in blocks:
        assert at <= block["start"] <= block["end"] <= len(text)
        at = block["end"] if block["kind"] != "page" else at
        inner = block["start"]
        for part in parts(block):
            stop = part["start"] + len(part["text"])
            assert inner <= part["start"] < stop <= block["end"]
            assert text[part["start"] : stop] == part["text"]
            inner = stop
            for place in range(part["start"], stop):
                cited = start <= place < end
                answers = answer is not None and first <= place < last
                assert part["mark"] == ("answer" if answers else "cited" if cited else None)
    assert [b["number"] for b in blocks if b["kind"] == "page"] == [
        number for number, page in enumerate(starts, 1) if page < len(text)
    ]


@given(TEXTS, TYPES, st.data())
def test_all_text_but_markup_is_shown(text, media_type, data):
    """Every letter of plain text; of Markdown, every letter outside of addresses and numbers."""
    plain = media_type in ("text/plain", "application/pdf")
    if not plain:
        text = text.replace("](", "] ")
    places = st.integers(0, len(text))
    starts = tuple(sorted(data.draw(st.sets(places, max_size=3))))
    found = "".join(words(block) for block in shown(text, media_type, starts))
    if plain:
        assert "".join(found.split()) == "".join(text.split())
    elif not find_code_ranges(text, len(text)):
        letters = "".join(filter(str.isalpha, text))
        assert "".join(filter(str.isalpha, found)) == letters


@given(TEXTS, TYPES, st.data())
def test_windows_are_consecutive(text, media_type, data):
    text *= data.draw(st.sampled_from([1, 40, 2000]))
    whole = document(text[:150_000], media_type)
    at = data.draw(st.integers(0, len(whole.text)))
    windows = [blocks_near(whole, at, NOTHING)]
    assert windows[0]["from"] <= at <= windows[0]["to"]
    while windows[-1]["to"] < len(whole.text):
        windows.append(blocks_between(whole, windows[-1]["to"], None, NOTHING))
        assert windows[-1]["from"] == windows[-2]["to"] < windows[-1]["to"]
    while windows[0]["from"] > 0:
        windows.insert(0, blocks_between(whole, None, windows[0]["from"], NOTHING))
        assert windows[0]["from"] < windows[0]["to"] == windows[1]["from"]
    for window in windows:
        assert window["to"] - window["from"] <= VIEW_LENGTH + 10_000
        for block in window["blocks"]:
            assert window["from"] <= block["start"] <= block["end"] <= window["to"]
    if media_type == "text/plain":
        found = "".join(words(block) for window in windows for block in window["blocks"])
        assert "".join(found.split()) == "".join(whole.text.split())


def test_both_ends_of_a_window_can_be_named():
    whole = document("word " * 100_000, "text/plain")
    assert (blocks_between(whole, 5, 10, NOTHING)["to"]) == 10
    assert VIEW_LENGTH <= blocks_between(whole, 5, 400_000, NOTHING)["to"] < VIEW_LENGTH + 100
    assert blocks_between(whole, 10**8, None, NOTHING) == {
        "blocks": [],
        "from": len(whole.text),
        "to": len(whole.text),
    }


# --- the view -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def generation(tmp_path_factory):
    home = tmp_path_factory.mktemp("source")
    long = "The ship left.\n\n" * 5_000
    files = {"log.md": "# Log\n\nIt **froze** in May.\n", "long.txt": f"{long}The cat.\n\n{long}"}
    index.build([write_files(home / "docs", files)], index=home / "i", encoder=WordEncoder())
    return index.open_index(home / "i")


def test_a_view_describes_the_document(generation):
    view = source_view(generation, "log.md", 7, 26, (12, 17))
    blocks = view.pop("blocks")
    assert view == {
        "title": "Log",
        "name": "",
        "path": "log.md",
        "id": "log.md",
        "type": "text/markdown",
        "date": "",
        "author": "",
        "kept": "",
        "page": None,
        "pages": 0,
        "length": 28,
        "from": 0,
        "to": 28,
    }
    assert blocks[1]["parts"] == [
        {"text": "It ", "start": 7, "mark": "cited"},
        {"text": "froze", "start": 12, "mark": "answer", "style": "strong"},
        {"text": " in May", "start": 19, "mark": "cited"},
        {"text": ".", "start": 26, "mark": None},
    ]


def test_the_card_shows_a_quotation_without_marks(generation):
    assert quote_view(generation, "log.md", 7, 26, (12, 17)) == {
        "title": "log.md",
        "page": None,
        "before": "",
        "quote": ["It ", "froze", " in May"],
        "after": ".",
    }
    assert quote_view(generation, "log.md", 0, 5)["quote"] == ["", "Log", ""]


def test_the_card_shows_plain_text_unchanged(generation):
    text = generation.document_by_id("long.txt").text
    start = text.index("The cat.")
    card = quote_view(generation, "long.txt", start + 4, start + 7)
    assert (card["before"], card["quote"], card["after"]) == ("The ", ["", "cat", ""], ".")
    card = quote_view(generation, "long.txt", 0, len(text))
    assert card["quote"] == ["", text[:2_000] + "…", ""]


def test_a_view_of_a_long_document_is_a_window_around_the_citation(generation):
    text = generation.document_by_id("long.txt").text
    start = text.index("The cat.")
    view = source_view(generation, "long.txt", start, start + 8)
    assert VIEW_LENGTH <= view["to"] - view["from"] < VIEW_LENGTH + 100
    assert view["from"] < start - 10_000
    assert view["to"] > start + 10_000
    assert text[view["from"] :].startswith("The ship")
    marked = [p for b in view["blocks"] for p in b["parts"] if p["mark"]]
    assert marked == [{"text": "The cat.", "start": start, "mark": "cited"}]


def test_a_citation_of_the_whole_document_is_shown_from_its_beginning(generation):
    length = len(generation.document_by_id("long.txt").text)
    view = source_view(generation, "long.txt", 0, length)
    assert (view["from"], view["length"]) == (0, length)
    assert view["to"] < VIEW_LENGTH * 2


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (("gone.md", 0, 5), None),
        (("../log.md", 0, 5), None),
        (("log.md", 5, 5), None),
        (("log.md", -5, 5), None),
        (("log.md", 0, 29), None),
        (("log.md", 5, 10), (4, 6)),
        (("log.md", 5, 10), (6, 6)),
        (("log.md", 5, 10), (6, 11)),
    ],
)
def test_an_invalid_range_is_refused(generation, asked, answer):
    with pytest.raises(FootnoteError, match="Ask again"):
        source_view(generation, *asked, answer)


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        (("The harbour of Oslo was frozen, and no ship could sail.\n" * 9 + "\n"), "text/markdown"),
        ("```\n~~~\n", "text/markdown"),
        ("a `b` ~c~ ", "text/markdown"),
        ("word\n", "application/pdf"),
        ("**" * 50 + "[" * 50, "text/markdown"),
    ],
)
def test_the_longest_document_opens_at_once(text, media_type):
    long = document((text * (10_000_000 // len(text) + 1))[:10_000_000], media_type)
    took = []
    for at in (0, 5_000_000, 9_999_000):
        began = time.thread_time()
        blocks_near(long, at, Highlight(at, at + 500))
        took.append(time.thread_time() - began)
    assert min(took) < 0.5  # Some 10 to 40 ms each, on a machine with nothing else to do.


# --- finding ------------------------------------------------------------------------------------


def test_case_and_white_space_of_a_query_are_ignored():
    text = "The Ship\n  left. the ship left\u00a0port; caf\u00e9 CAF\u00c9 cafe"
    whole = document(text)
    assert find_query(whole, "the  ship left", 9) == [(0, 15), (17, 30)]
    assert find_query(whole, "the ship", 1) == [(0, 8)]
    assert find_query(whole, "cafe\u0301", 9) == [(37, 41), (42, 46)]
    assert find_query(whole, "left port", 9) == [(26, 35)]


@pytest.mark.parametrize("query", ["", "  \n", "x" * 201, "absent", "(", ".*", "[a", "\\"])
def test_a_query_without_matches_finds_nothing(query):
    assert find_query(document("The ship (left. \\"[:9]), query, 9) == []


@pytest.mark.parametrize("query", ["(left.", ".* [a", "\\"])
def test_a_query_is_not_a_pattern(query):
    text = f"The ship {query} sailed"
    assert find_query(document(text), query, 9) == [(9, 9 + len(query))]


@given(st.text("ab \n", max_size=30), st.text("abA ", min_size=1, max_size=5))
def test_every_match_equals_the_query(text, query):
    found = find_query(document(text), query, 100)
    for start, end in found:
        assert text[start:end].lower().split() == query.lower().split()
    if query.strip():
        assert bool(found) == (" ".join(query.lower().split()) in " ".join(text.split()))


def test_a_match_across_two_steps_is_found_once():
    text = "x" * 199_989 + "ab c" * 20
    places = [(at, at + 4) for at in range(199_989, len(text), 4)]
    assert find_query(document(text), "ab c", 99) == places


def test_the_search_stops_in_time():
    text = ("a" + " " * 1000) * 10_000
    began = time.perf_counter()
    assert find_query(document(text), "a " * 99 + "b", 9) == []
    assert time.perf_counter() - began < 10
