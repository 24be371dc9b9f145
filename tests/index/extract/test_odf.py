"""OpenDocument files: raised and lowered text, the numbers of lists, tables."""

import io
import zipfile
from pathlib import Path

import pytest

from index.extract.document import extract

NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        **{"office": "office", "text": "text", "style": "style", "table": "table"},
        **{"draw": "drawing", "presentation": "presentation", "chart": "chart"},
    }.items()
)


def style(name, position, parent="Standard"):
    return (
        f'<style:style style:name="{name}" style:family="text" style:parent-style-name="{parent}">'
        f'<style:text-properties style:text-position="{position}"/></style:style>'
    )


def level(number, form="1", suffix=".", more=""):
    extension = "urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"
    return (
        f'<text:list-level-style-number text:level="{number}" style:num-format="{form}" '
        f'xmlns:loext="{extension}" '
        f'style:num-suffix="{suffix}" {more}/>'
    )


STYLES = "".join(
    [
        *(style("T1", "super 58%"), style("T2", "-33% 58%"), style("T3", "33% 58%")),
        style("T4", "0% 100%"),
        f'<text:list-style style:name="L1">{level(1)}{level(2)}</text:list-style>',
        f'<text:list-style style:name="L2">{level(1, "a", ")")}{level(2, "i")}</text:list-style>',
        '<text:list-style style:name="L3">'
        + level(1, more='text:start-value="5"')
        + level(2, more='text:display-levels="2"')
        + "</text:list-style>",
        '<text:list-style style:name="B"><text:list-level-style-bullet text:level="1"/>'
        "</text:list-style>",
    ]
)


def read(*arguments, **options):
    return extracted(*arguments, **options).text


def extracted(body, suffix="odt", shared="", parts=None):
    kind = {"odt": "text", "odp": "presentation", "ods": "spreadsheet"}[suffix]
    content = (
        f"<office:document-content {NAMES}><office:automatic-styles>{STYLES}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("content.xml", content)
        for name, part in (parts or {}).items():
            archive.writestr(name, part)
        archive.writestr("styles.xml", f"<office:styles {NAMES}>{shared}</office:styles>")
    return extract(Path(f"a.{suffix}"), stream.getvalue())


def span(name, words):
    return f'<text:span text:style-name="{name}">{words}</text:span>'


def items(*paragraphs, within="", **attributes):
    """Return a list; `within` is the content of its last item after the paragraph."""
    item = "<text:list-item><text:p>"
    written = [f"{item}{words}</text:p>" for words in paragraphs]
    names = {"style": "text:style-name", "on": "text:continue-numbering"}
    names |= {"after": "text:continue-list", "id": "xml:id"}
    marks = "".join(f' {names[name]}="{value}"' for name, value in attributes.items())
    body = "</text:list-item>".join(written)
    return f"<text:list{marks}>{body}{within}</text:list-item></text:list>"


RAISED = f"10{span('T1', '6')} of H{span('T2', '2')}O, 5 m{span('T3', '-2')}, {span('T4', '4')} a"
WRITTEN = "10⁶ of H₂O, 5 m⁻², 4 a"


@pytest.mark.parametrize("suffix", ["odt", "odp", "ods"])
def test_raised_and_lowered_text(suffix):
    row = (
        f"<table:table-row><table:table-cell><text:p>{RAISED}</text:p></table:table-cell>"
        "<table:table-cell><text:p>b</text:p></table:table-cell></table:table-row>"
    )
    body = {
        "odt": f"<text:p>{RAISED}</text:p>",
        "odp": f'<draw:page><draw:frame presentation:class="title"><text:p>{RAISED}</text:p>'
        f"</draw:frame><draw:frame><text:p>{RAISED}</text:p></draw:frame></draw:page>",
        "ods": f'<table:table table:name="S">{row}</table:table>',
    }[suffix]
    expected = {
        "odt": f"{WRITTEN}\n",
        "odp": f"# {WRITTEN}\n\n{WRITTEN}\n\n",
        "ods": f"# S\n\n| {WRITTEN} | b |\n| --- | --- |\n",
    }[suffix]
    assert read(body, suffix) == expected


def test_comment_on_a_cell_is_not_its_text():
    comment = "<office:annotation><text:p>Check!</text:p></office:annotation>"
    cell = (
        f"<table:table-cell>{comment}<text:p>12</text:p><text:p>boats</text:p></table:table-cell>"
    )
    row = f"<table:table-row>{cell}{cell}</table:table-row>"
    sheet = f'<table:table table:name="S">{row}</table:table>'
    remarks = "Comment on A1: Check!\n\nComment on B1: Check!\n"
    assert read(sheet, "ods") == f"# S\n\n| 12 boats | 12 boats |\n| --- | --- |\n\n{remarks}"


def test_comments_on_cells_and_boxes_of_a_sheet_are_read():
    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
    note = f"<office:annotation {names}><dc:creator>Ida Moor</dc:creator><text:p>Agreed</text:p>"
    note += "<text:p>in May.</text:p></office:annotation>"

    def row(*cells, more=""):
        written = (f"<table:table-cell>{cell}</table:table-cell>" for cell in cells)
        return f"<table:table-row {more}>{''.join(written)}</table:table-row>"

    words = "<text:p>{}</text:p>".format
    empty = row("", more='table:number-rows-repeated="3"')
    box = "<table:shapes><draw:frame><draw:text-box><text:p>Ask at pier 4.</text:p>"
    box += "</draw:text-box></draw:frame></table:shapes>"
    last = row(note.replace("Ida Moor", "") + words("Heron"), words(8))
    body = box + row(words("Boat"), words("Fee")) + empty + row(words("Osprey"), note + words(7))
    sheet = f'<table:table table:name="S">{body}{last}</table:table>'
    assert read(sheet, "ods") == (
        "# S\n\n| Boat | Fee | |\n| --- | --- | --- |\n"
        "| Osprey | 7 | Comment on B5 by Ida Moor: Agreed in May. |\n"
        "| Heron | 8 | Comment on A6: Agreed in May. |\n\nAsk at pier 4.\n"
    )


def test_shared_styles_raise_text_too():
    assert read(f"<text:p>2{span('Up', '10')}</text:p>", shared=style("Up", "super")) == "2¹⁰\n"


def test_mark_of_a_note_is_no_exponent():
    note = (
        "<text:note><text:note-citation>1</text:note-citation>"
        f"<text:note-body><text:p>Or 10{span('T1', '3')} days.</text:p>"
        "</text:note-body></text:note>"
    )
    assert read(f"<text:p>In 1905{span('T1', note)} it sank.</text:p>") == (
        "In 1905 it sank.\n\nNote: Or 10³ days.\n"
    )


@pytest.mark.parametrize(
    ("second", "numbers"),
    [
        ({"style": "L1"}, "1. c"),
        ({"style": "L1", "on": "true"}, "3. c"),
        ({"style": "L1", "after": "x"}, "3. c"),
        ({"style": "L1", "after": "missing"}, "1. c"),
        ({"style": "L3"}, "5. c"),
        ({"style": "L2"}, "a) c"),
        ({"style": "L2", "on": "true"}, "a) c"),
        ({"style": "B", "on": "true"}, "- c"),
    ],
)
def test_lists_go_on_or_begin_again(second, numbers):
    body = items("a", "b", style="L1", id="x") + "<text:p>Then:</text:p>" + items("c", **second)
    assert read(body) == f"1. a\n2. b\n\nThen:\n\n{numbers}\n"


def test_list_goes_on_past_another_list():
    body = (
        items("a", style="L1", id="x") + items("b", style="L2") + items("c", after="x", style="L1")
    )
    assert read(body) == "1. a\n\na) b\n\n2. c\n"


def test_item_with_a_number_of_its_own():
    body = items("a", "b", "c", style="L1")
    at = body.replace("<text:list-item><text:p>b", '<text:list-item text:start-value="7"><text:p>b')
    assert read(at) == "1. a\n\n7. b\n8. c\n"
    broken = at.replace('"7"', '"seven"')
    assert read(broken) == "1. a\n2. b\n3. c\n"


def test_header_of_a_list_has_no_number():
    body = items("a", "b", style="L1").replace("list-item", "list-header", 1)
    body = body.replace("</text:list-item>", "</text:list-header>", 1)
    assert read(body) == "a\n\n1. b\n"


def test_inner_numbers_begin_again_below_each_item():
    inner = items("x", "y")
    body = items("a", style="L1", within=inner) + items("b", style="L1", on="true", within=inner)
    assert read(body) == "1. a\n   1. x\n   2. y\n2. b\n   1. x\n   2. y\n"


def test_list_written_as_several_lists_stays_one():
    def deep(word):
        inner = items("?", style="L1", on="true")
        return inner.replace("<text:p>?</text:p>", items(word))

    assert read(items("a", style="L1") + deep("x") + deep("y")) == "1. a\n   1. x\n   2. y\n"


def test_label_of_several_levels_is_text():
    body = items("a", style="L3", within=items("x", "y"))
    assert read(body) == "5. a\n\n   5.1. x\n\n   5.2. y\n"


@pytest.mark.parametrize(
    ("levels", "shown"),
    [
        (level(1, more='text:start-value="0"'), "0. a\n1. b\n"),
        (level(1, "01, 02, 03, ..."), "01. a\n\n02. b\n"),
        (level(1, "I", more='loext:num-list-format="Art. %1%:"'), "Art. I: a\n\nArt. II: b\n"),
    ],
)
def test_items_have_the_labels_of_their_level(levels, shown):
    shared = f'<text:list-style style:name="L9">{levels}</text:list-style>'
    assert read(items("a", "b", style="L9"), shared=shared) == shown


def test_label_joins_the_numbers_of_levels_as_its_format_says():
    inner = level(2, "A", more='text:display-levels="2" loext:num-list-format="%1%%2%)"')
    shared = f'<text:list-style style:name="L9">{level(1)}{inner}</text:list-style>'
    body = items("a", style="L9", within=items("x", "y"))
    assert read(body, shared=shared) == "1. a\n\n   1A) x\n\n   1B) y\n"


def test_item_that_only_holds_a_list_has_no_number_but_counts():
    deep = items("x", "y").replace("<text:list>", '<text:list text:style-name="B">')
    begin = '<text:list text:style-name="L3"><text:list-item>'
    after = f"{begin}{deep}</text:list-item><text:list-item><text:p>c</text:p>"
    body = items("a", "b", style="L1") + f"{after}</text:list-item></text:list>"
    assert read(body) == "1. a\n2. b\n\n- x\n- y\n\n6. c\n"


def test_lists_in_a_box_of_a_slide_go_on_where_they_are_numbered_alike():
    mixed = level(1) + '<text:list-level-style-bullet text:level="2"/>'
    shared = f'<text:list-style style:name="L9">{mixed}</text:list-style>'
    inner = f'<text:list text:style-name="L9"><text:list-item>{items("x")}</text:list-item>'
    inner += "<text:list-item><text:p>c</text:p></text:list-item></text:list>"
    lists = items("a", "b", style="L1") + inner
    boxes = (f"<draw:text-box>{words}</draw:text-box>" for words in (lists, items("d", style="L1")))
    page = f"<draw:page>{''.join(boxes)}</draw:page>"
    expected = "1. a\n2. b\n   - x\n3. c\n\n1. d\n\n"
    assert read(page, "odp", shared=shared).replace("\n\n   -", "\n   -") == expected


def test_headings_are_numbered_where_the_outline_is():
    outline = "".join(
        f'<text:outline-level-style text:level="{at}" style:num-format="{form}"'
        f' text:display-levels="{at}"/>'
        for at, form in ((1, "1"), (2, "1"), (3, ""))
    )
    heads = "".join(
        f'<text:h text:outline-level="{at}">{words}</text:h>'
        for at, words in ((1, "A"), (2, "B"), (2, "C"), (3, "D"), (1, "E"), (2, "F"))
    )
    shared = f'<text:outline-style style:name="Outline">{outline}</text:outline-style>'
    expected = "# 1 A\n\n## 1.1 B\n\n## 1.2 C\n\n### D\n\n# 2 E\n\n## 2.1 F\n"
    assert read(heads, shared=shared) == expected
    assert read(heads) == "# A\n\n## B\n\n## C\n\n### D\n\n# E\n\n## F\n"


def test_heading_in_a_list_keeps_its_number():
    heading = '<text:h text:outline-level="2">Sails</text:h>'
    inner = items("x").replace("<text:p>x</text:p>", heading)
    body = items("x", style="L3").replace("<text:p>x</text:p>", inner)
    assert read(body + "<text:p>Up.</text:p>") == "## 5.1. Sails\n\nUp.\n"


def table(*rows):
    written = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell>{cell}</table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in rows
    )
    return f"<table:table>{written}</table:table>"


@pytest.mark.parametrize("suffix", ["odt", "odp"])
def test_table_with_blocks_in_its_cells_stays_a_table(suffix):
    grid = table(
        ("<text:p>Risk</text:p>", '<text:h text:outline-level="1">Measures</text:h>'),
        ("<text:p>Fire</text:p>", items("Hose", "Sand", style="B")),
        ("<text:p>Storm</text:p>", items("Reef", "Anchor", style="L1")),
        ("<text:p>Leak</text:p>", table(("<text:p>Pump</text:p>", "<text:p>two</text:p>"))),
        ("<text:p>Ice</text:p><text:p>and snow</text:p>", "<text:p>Salt</text:p>"),
    )
    body = grid if suffix == "odt" else f"<draw:page><draw:frame>{grid}</draw:frame></draw:page>"
    assert read(body, suffix).strip() == (
        "| Risk | Measures |\n| --- | --- |\n| Fire | - Hose - Sand |\n"
        "| Storm | 1. Reef 2. Anchor |\n| Leak | Pump two |\n| Ice and snow | Salt |"
    )


def test_title_that_spans_a_table_stands_above_its_header():
    wide = '<table:table-cell table:number-columns-spanned="2"><text:p>Dues</text:p>'
    title = f"<table:table-row>{wide}</table:table-cell><table:covered-table-cell/>"
    grid = table(*([f"<text:p>{cell}</text:p>" for cell in row] for row in ("AB", "CD")))
    page = grid.replace("<table:table-row>", f"{title}</table:table-row><table:table-row>", 1)
    assert read(page) == "Dues\n\n| A | B |\n| --- | --- |\n| C | D |\n"


def test_bar_in_a_cell_is_no_border():
    grid = table(("<text:p>Salt | sea</text:p>", "<text:p>14 g</text:p>"))
    assert read(f"<text:p>a | b</text:p>{grid}") == (
        "a | b\n\n| Salt \\| sea | 14 g |\n| --- | --- |\n"
    )


def test_list_in_a_cell_does_not_disturb_the_list_around():
    grid = table(("<text:p>a</text:p>", items("x", style="L1")))
    body = items("One", style="L1", within=grid) + items("Two", style="L1", on="true")
    assert read(body).count("1. x") == 1
    assert read(body).startswith("1. One")
    assert read(body).endswith("2. Two\n")


@pytest.mark.parametrize("suffix", ["odt", "odp"])
def test_blank_beside_a_formula_stands_only_before_a_word(suffix):
    href = 'xmlns:x="http://www.w3.org/1999/xlink" x:href="./Object 1"'
    half = f"<draw:frame><draw:object {href}/></draw:frame>"
    line = f"<text:p>Of {half}, {half}x and{half}{half}.</text:p>"
    body = line if suffix == "odt" else f"<draw:page><draw:frame>{line}</draw:frame></draw:page>"
    math = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mn>1/2</mn></math>'
    assert read(body, suffix, parts={"Object 1/content.xml": math}).strip() == (
        "Of 1/2, 1/2 x and 1/2 1/2."
    )


@pytest.mark.parametrize("suffix", ["odt", "odp", "ods"])
def test_cells_and_rows_that_stand_for_several_are_read_as_often(suffix):
    def cell(words, times=1, kind="table-cell", more=""):
        start = f'<table:{kind} table:number-columns-repeated="{times}"{more}>'
        return start + (words and f"<text:p>{words}</text:p>") + f"</table:{kind}>"

    def row(*cells, times=1):
        start = f'<table:table-row table:number-rows-repeated="{times}">'
        return f"{start}{''.join(cells)}</table:table-row>"

    wide = cell("All", more=' table:number-columns-spanned="3"')
    grid = "".join(
        [
            row(cell("Port"), cell("Mon"), cell("Tue"), cell("Wed")),
            row(cell("Oslo"), cell("", 2), cell("8")),
            row(cell("Kiel"), cell("5", 3), times=2),
            row(wide, cell("", 2, "covered-table-cell"), cell("7")),
            row(cell("Riga"), cell("", 1000)),
            row(cell("", 4), times=5000),
        ]
    )
    sheet = f'<table:table table:name="S">{grid}</table:table>'
    text = read(f"<draw:page>{sheet}</draw:page>" if suffix == "odp" else sheet, suffix)
    assert [line for line in text.split("\n") if line.strip("#S |-")] == [
        "| Port | Mon | Tue | Wed |",
        "| Oslo | | | 8 |",
        *["| Kiel | 5 | 5 | 5 |"] * 2,
        "| All | | | 7 |",
        "| Riga | |" if suffix != "ods" else "| Riga | | | |",
    ]
    assert len(text) < 200


def chart(title, *rows):
    grid = table(*([f"<text:p>{cell}</text:p>" for cell in row] for row in rows))
    head = f"<chart:title><text:p>{title}</text:p></chart:title>"
    return f"<office:chart {NAMES}><chart:chart>{head}{grid}</chart:chart></office:chart>"


def with_chart(data, suffix):
    href = 'xmlns:x="http://www.w3.org/1999/xlink" x:href="./Object 1"'
    line = f"<text:p>Before.</text:p><draw:frame><draw:object {href}/></draw:frame>"
    body = line if suffix == "odt" else f"<draw:page>{line}</draw:page>"
    return read(body, suffix, parts={"Object 1/content.xml": data}).strip()


@pytest.mark.parametrize("suffix", ["odt", "odp"])
def test_chart_is_read_as_its_table(suffix):
    rows = [("", "Miles", ""), ("2023", "41 | 0", ""), ("", "", ""), ("2024", "4550", "")]
    grid = "| | Miles |\n| --- | --- |\n| 2023 | 41 \\| 0 |\n| 2024 | 4550 |"
    assert with_chart(chart("Miles", *rows), suffix) == f"Before.\n\n{grid}"
    assert with_chart(chart("Both boats", *rows), suffix) == f"Before.\n\nBoth boats\n\n{grid}"


def test_sheet_within_a_text_is_read_without_the_cells_that_fill_the_screen():
    empty = '<table:table-cell table:number-columns-repeated="{}"/></table:table-row>'
    sheet = table(("<text:p>Fee</text:p>", "<text:p>30</text:p>"))
    for count in ("16000", "x"):
        filled = sheet.replace("</table:table-row>", empty.format(count))
        data = f"<office:spreadsheet {NAMES}>{filled}</office:spreadsheet>"
        assert with_chart(data, "odt") == "Before.\n\n| Fee | 30 |\n| --- | --- |"


def test_chart_without_a_table_is_no_text():
    assert with_chart(f"<office:chart {NAMES}/>", "odt") == "Before."


# --- headers, footers, comments, readings -------------------------------------------------------


def paragraphs(*words, style="P"):
    return "".join(f'<text:p text:style-name="{style}">{line}</text:p>' for line in words)


def page_style(name, content, following=""):
    more = f' style:next-style-name="{following}"' if following else ""
    return f'<style:master-page style:name="{name}"{more}>{content}</style:master-page>'


def begin_page(name, page, parent=""):
    return (
        f'<style:style style:name="{name}" style:family="paragraph" '
        f'style:parent-style-name="{parent}" {page and f"style:master-page-name={page!r}"}/>'
    )


PAGE = "<text:page-number>3</text:page-number>"
PAGES = "<text:page-count>7</text:page-count>"


def test_what_stands_only_in_headers_and_footers_is_kept_once():
    footer = table(("<text:p>Bank</text:p>", "<text:p>Ostro Savings</text:p>"))
    content = (
        f"<style:header>{paragraphs('Invoice 2041', 'The <text:s/>title')}</style:header>"
        f"<style:footer>{paragraphs('Invoice 2041')}{footer}</style:footer>"
    )
    deleted = f"<text:tracked-changes>{paragraphs('Invoice 2041')}</text:tracked-changes>"
    body = deleted + paragraphs("The title", "More.")
    found = read(body, shared=page_style("Standard", content))
    assert found == "The title\n\nMore.\n\nInvoice 2041\n\nBank Ostro Savings\n"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"Lease of the pier<text:tab/>Page {PAGE} of {PAGES}", "Lease of the pier"),
        (f"- {PAGE} -", ""),
        (f"Invoice 2041 - {PAGE}", "Invoice 2041 -"),
        (f"Lease of the pier, page {PAGE}", "Lease of the pier, page"),
    ],
)
def test_page_numbers_are_no_text(line, kept):
    footer = page_style("Standard", f"<style:footer>{paragraphs(line)}</style:footer>")
    assert (
        read(paragraphs("Body."), shared=footer) == f"Body.\n{kept and f'{chr(10)}{kept}{chr(10)}'}"
    )


def test_headers_of_pages_that_are_not_in_use_are_left_out():
    shared = "".join(
        [
            *(
                page_style(name, f"<style:header>{paragraphs(name)}</style:header>")
                for name in "AB"
            ),
            page_style("First", f"<style:header>{paragraphs('First')}</style:header>", "A"),
            page_style(
                "C", f'<style:header style:display="false">{paragraphs("C")}</style:header>'
            ),
            begin_page("P1", "First"),
            begin_page("P2", "C"),
            begin_page("Child", "", "P1"),
        ]
    )
    body = paragraphs("One.", style="Child") + paragraphs("Two.", style="P2")
    assert read(body, shared=shared) == "One.\n\nTwo.\n\nFirst\n\nA\n"
    assert read(paragraphs("One."), shared=shared) == "One.\n\nA\n"


def test_page_styles_that_follow_each_other_in_a_circle_end():
    shared = page_style("A", "<style:header/>", "B") + page_style("B", "<style:header/>", "A")
    assert read(paragraphs("One."), shared=shared) == "One.\n"


def comment(words, author=""):
    creator = f"<dc:creator>{author}</dc:creator>" if author else ""
    return (
        '<office:annotation xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"{creator}<dc:date>2025-05-06</dc:date>{paragraphs(words)}</office:annotation>"
    )


def test_comments_follow_their_paragraph_with_their_author():
    body = paragraphs(f"Rent{comment('Too low?', 'Ada Krol')} is 30.{comment('Yes.')}", "Next.")
    assert read(body + paragraphs(f"Last.{comment('')}")) == (
        "Rent is 30.\n\nNote: comment by Ada Krol: Too low?\n\nNote: comment: Yes.\n\n"
        "Next.\n\nLast.\n"
    )


def ruby(base, reading):
    return (
        f"<text:ruby><text:ruby-base>{base}</text:ruby-base>"
        f"<text:ruby-text>{reading}</text:ruby-text></text:ruby>"
    )


@pytest.mark.parametrize("suffix", ["odt", "odp", "ods"])
def test_reading_of_a_word_follows_it_in_brackets(suffix):
    words = f"<text:p>at {ruby('大阪', 'おおさか')} station</text:p>"
    body = {
        "odt": words,
        "odp": f"<draw:page><draw:frame>{words}</draw:frame></draw:page>",
        "ods": f"<table:table>{table((words,))}</table:table>",
    }[suffix]
    assert "at 大阪(おおさか) station" in read(body, suffix)


def test_line_ends_of_the_markup_are_blanks():
    inner = items("x", style="L2").replace("<text:p>x", "\n <text:p>\n  x\n  y")
    assert read(f"<text:p>a\n  b</text:p>{inner}") == "a b\n\na) x y\n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ('float" office:value="1206.5', "1206.5"),
        ('percentage" office:value="0.125', "12.5%"),
        ('currency" office:currency="NOK" office:value="40', "40 NOK"),
        ('date" office:date-value="2025-04-09', "2025-04-09"),
        ('date" office:date-value="2025-04-09T14:05:00', "2025-04-09 14:05:00"),
        ('time" office:time-value="PT26H15M00S', "26:15:00"),
        ('boolean" office:boolean-value="true', "TRUE"),
        ('string" office:string-value="Ida Holm', "Ida Holm"),
    ],
)
def test_cell_without_text_shows_its_value(value, shown):
    def sheet(text):
        cells = f'<table:table-cell office:value-type="{value}">{text}</table:table-cell>'
        label = "<table:table-cell><text:p>Due</text:p></table:table-cell>"
        rows = f"<table:table-row>{label}{cells}</table:table-row>" * 2
        return read(f'<table:table table:name="A">{rows}</table:table>', "ods")

    assert sheet("").endswith(f"| Due | {shown} |\n")
    assert sheet("<text:p>so</text:p>").endswith("| Due | so |\n")
    assert shown not in sheet("<text:p/>")


def test_what_slides_show_by_their_styles_is_read_once():
    shape = "<draw:custom-shape {}><text:p>{}</text:p></draw:custom-shape>"
    master = (
        '<style:master-page style:name="M">'
        + shape.format("", "Dock Road 4")
        + shape.format("", "Page <text:page-number>7</text:page-number>")
        + shape.format('presentation:class="outline"', "Click here")
        + "</style:master-page>"
    )
    plain = "".join(
        f'<style:style style:name="{name}"><style:drawing-page-properties {hidden}/></style:style>'
        for name, hidden in {
            "D1": 'presentation:display-footer="false"',
            "D2": 'presentation:background-objects-visible="false"',
        }.items()
    )
    footer = '<presentation:footer-decl presentation:name="f">Ref 4417</presentation:footer-decl>'
    used = 'draw:master-page-name="M" presentation:use-footer-name="f"'
    pages = "".join(
        f'<draw:page {used} draw:style-name="{name}"><draw:frame><text:p>{words}</text:p>'
        "</draw:frame></draw:page>"
        for name, words in (("D1", "A"), ("D2", "B"), ("D3", "C"))
    )
    styled = f"<office:automatic-styles>{plain}</office:automatic-styles>"
    assert read(f"{styled}{footer}{pages}", "odp", shared=master) == (
        "A\n\nDock Road 4\n\nB\n\nRef 4417\n\nC\n\n"
    )


def test_pictures_are_named_where_there_is_hardly_any_text():
    picture = "<draw:frame><draw:image/></draw:frame>"
    formula = f"<draw:frame><draw:object/>{picture.removeprefix('<draw:frame>')}"
    slides = "".join(
        f"<draw:page>{content}<draw:frame><text:p>{words}</text:p></draw:frame></draw:page>"
        for content, words in ((picture, "Map"), (formula, "Sum"), (picture, "open. " * 20))
    )
    assert extracted(slides, "odp").note == "not read: pictures on slide 1"
    assert extracted(f"<text:p>Map{picture}{picture}{formula}</text:p>").note == (
        "not read: 2 pictures"
    )
    assert extracted(f"<text:p>{picture}{'Text. ' * 20}</text:p>").note == ""
