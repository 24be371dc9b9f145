"""PowerPoint slides: powers, formulas, content in several forms, groups, tables and diagrams."""

import io
from datetime import date
from pathlib import Path

import pptx
import pytest
from pptx.chart.data import CategoryChartData, XyChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.oxml import parse_xml
from pptx.util import Inches

from index.extract.document import extract

DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
NAMES = (
    f'xmlns:a="{DRAWING}/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
SQUARE = (
    "<a14:m><m:oMathPara><m:oMath><m:sSup><m:e><m:r><m:t>r</m:t></m:r></m:e>"
    "<m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup></m:oMath></m:oMathPara></a14:m>"
)
PICTURE = "<p:pic><p:nvPicPr/></p:pic>"


@pytest.fixture
def deck():
    made = pptx.Presentation()
    made.slides.add_slide(made.slide_layouts[6])
    return made


def read(deck):
    stream = io.BytesIO()
    deck.save(stream)
    return extract(Path("a.pptx"), stream.getvalue()).text


def run(words, baseline=""):
    mark = f'<a:rPr baseline="{baseline}"/>' if baseline else ""
    return f"<a:r>{mark}<a:t>{words}</a:t></a:r>"


def box(content, number=9):
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name=""/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>'
        f"<p:txBody><a:bodyPr/><a:p>{content}</a:p></p:txBody></p:sp>"
    )


def either(choice, fallback, requires="a14"):
    return (
        f'<mc:AlternateContent><mc:Choice Requires="{requires}">{choice}</mc:Choice>'
        f"<mc:Fallback>{fallback}</mc:Fallback></mc:AlternateContent>"
    )


def add(tree, markup):
    for element in list(parse_xml(f"<p:spTree {NAMES}>{markup}</p:spTree>")):
        tree.append(element)


def test_raised_and_lowered_runs(deck):
    words = run("10") + run("6", "30000") + run(" of H") + run("2", "-25000") + run("O, 2")
    words += run("1", "30%") + run("0", "30%") + run(", 5") + run("4", "0")
    add(deck.slides[0].shapes._spTree, box(words))
    assert read(deck) == "10⁶ of H₂O, 2¹⁰, 54\n\n"


def test_blank_beside_a_formula_stands_only_before_a_word(deck):
    inline = SQUARE.replace("<m:oMathPara>", "").replace("</m:oMathPara>", "")
    words = run("Of ") + inline + run(", ") + inline + run("x: ") + SQUARE + run(".")
    add(deck.slides[0].shapes._spTree, box(words))
    assert read(deck) == "Of r^2, r^2 x: r^2 .\n\n"


def test_powers_in_titles_tables_and_notes():
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    cells = slide.shapes.add_table(1, 2, 0, 0, Inches(2), Inches(1)).table.rows[0].cells
    for frame in (slide.shapes.title.text_frame, cells[0].text_frame):
        frame.text = "10"
        frame.paragraphs[0].add_run().text = "6"
        frame.paragraphs[0].runs[1]._r.get_or_add_rPr().set("baseline", "30000")
    cells[1].text = "cells\nor more"
    notes = slide.notes_slide.notes_text_frame
    notes.text = "m"
    notes.paragraphs[0].add_run().text = "3"
    notes.paragraphs[0].runs[1]._r.get_or_add_rPr().set("baseline", "30000")
    expected = "# 10⁶\n\n| 10⁶ | cells or more |\n| --- | --- |\n\nNotes: m³\n\n"
    assert read(deck) == expected


@pytest.mark.parametrize(
    ("forms", "text"),
    [
        (either(box(run("Area ") + SQUARE), PICTURE), "Area r^2\n\n"),
        (either(box(run("New")), box(run("Old"))), "New\n\n"),
        (either(PICTURE, box(run("Old"))), "Old\n\n"),
        (either(either(box(run("Inner")), PICTURE), PICTURE), "Inner\n\n"),
        (either(box(SQUARE), PICTURE), "r^2\n\n"),
        ("<mc:AlternateContent/>" + box(run("Rest")), "Rest\n\n"),
        (f"<mc:AlternateContent>{PICTURE}</mc:AlternateContent>{box(run('Rest'))}", "Rest\n\n"),
    ],
)
def test_one_form_of_each_content_is_read(deck, forms, text):
    add(deck.slides[0].shapes._spTree, forms)
    assert read(deck) == text


def test_one_form_of_a_formula_within_a_paragraph(deck):
    words = run("Area ") + either(SQUARE, run("[picture]")) + run(" is large")
    add(deck.slides[0].shapes._spTree, box(words))
    assert read(deck) == "Area r^2 is large\n\n"


def test_groups_are_read_in_their_place(deck):
    shapes = deck.slides[0].shapes
    add(shapes._spTree, box(run("First"), 20))
    outer = shapes.add_group_shape()
    inner = outer.shapes.add_group_shape()
    add(inner._element, box(run("Deep"), 21) + either(box(run("Formed"), 22), PICTURE))
    frame = shapes.add_table(1, 2, 0, 0, Inches(2), Inches(1))
    for cell, words in zip(frame.table.rows[0].cells, "AB", strict=True):
        cell.text = words
    outer._element.append(frame._element)
    add(shapes._spTree, box(run("Last"), 23))
    assert read(deck) == "First\n\nDeep\n\nFormed\n\n| A | B |\n| --- | --- |\n\nLast\n\n"


def test_shape_with_the_number_of_the_title_is_read():
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text_frame.text = "Title"
    add(slide.shapes._spTree, box(run("Text"), slide.shapes.title.shape_id))
    assert read(deck) == "# Title\n\nText\n\n"


def footer(kind, content, number=30):
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="{number}" name=""/><p:cNvSpPr/><p:nvPr>'
        f'<p:ph type="{kind}" idx="{number}"/>'
        f"</p:nvPr></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p>{content}</a:p></p:txBody></p:sp>"
    )


PAGE = '<a:fld id="{0}" type="slidenum"><a:t>7</a:t></a:fld>'


@pytest.mark.parametrize(
    ("kind", "content", "kept"),
    [
        ("ftr", run("Draft of the Ember Quay board"), "Draft of the Ember Quay board"),
        ("dt", run("4 March 2031"), "4 March 2031"),
        ("hdr", run("Confidential"), "Confidential"),
        ("sldNum", PAGE, ""),
        ("sldNum", run("7"), ""),
        ("sldNum", run("Page ") + PAGE, ""),
        ("sldNum", run("Ember Quay, Moor Street, ") + PAGE, "Ember Quay, Moor Street,"),
        ("dt", PAGE.replace("slidenum", "datetime1"), ""),
        ("ftr", run("\u2013"), ""),
        ("ftr", "", ""),
    ],
)
def test_text_of_footers_is_read_once(deck, kind, content, kept):
    deck.slides.add_slide(deck.slide_layouts[6])
    for slide in deck.slides:
        add(slide.shapes._spTree, footer(kind, content))
        add(slide.shapes._spTree, box(run("The crane.")))
    expected = f"{kept}\n\nThe crane." if kept else "The crane."
    assert read(deck) == f"{expected}\n\nThe crane.\n\n"


def test_text_of_layouts_and_masters_is_read_once_where_it_is_shown():
    made = pptx.Presentation()
    plain, other = made.slide_layouts[6], made.slide_layouts[5]
    page = run("Page ") + f'<a:fld id="{{B6F15528}}" type="slidenum">{run("x")[5:-6]}</a:fld>'
    add(plain.shapes._spTree, box(run("Dock Road 4")) + box(page, 11))
    add(made.slide_master.shapes._spTree, box(run("Hotline 0800 4417")))
    other._element.set("showMasterSp", "0")
    for layout in (other, plain, plain):
        made.slides.add_slide(layout)
    assert read(made) == "\n\nDock Road 4\n\nHotline 0800 4417\n\n\n\n"


def test_pictures_are_named_where_a_slide_has_hardly_any_text(deck):
    picture = (
        '<p:pic><p:nvPicPr><p:cNvPr id="7" name=""/><p:cNvPicPr/><p:nvPr/></p:nvPicPr><p:blipFill>'
        '<a:blip r:embed="rId9"/></p:blipFill><p:spPr/></p:pic>'
    )
    layout = deck.slide_layouts[6]
    texts = ["Opening hours", "The quay opens at nine. " * 9, "Fees", "Fees"]
    for number, words in enumerate(texts):
        slide = deck.slides[0] if number == 0 else deck.slides.add_slide(layout)
        add(slide.shapes._spTree, box(run(words)) + (picture if number < 3 else ""))
    stream = io.BytesIO()
    deck.save(stream)
    note = extract(Path("a.pptx"), stream.getvalue()).note
    assert note == "not read: pictures on slides 1 and 3"


def test_files_and_charts_that_are_not_read_are_named(deck):
    shapes = deck.slides[0].shapes
    shapes.add_ole_object(io.BytesIO(b"x"), "Excel.Sheet.12", 0, 0)
    embedded = next(shapes._spTree.iter("{*}oleObj"))
    forms = parse_xml(f"<p:x {NAMES}>{either('<p:oleObj/>', '<p:oleObj/>')}</p:x>")
    embedded.getparent().replace(embedded, forms[0])
    new = '<cx:chart xmlns:cx="http://schemas.microsoft.com/office/drawing/2014/chartex"/>'
    frame = f'<p:graphicFrame><a:graphic><a:graphicData uri="x">{new}</a:graphicData></a:graphic>'
    add(shapes._spTree, box(run("Sums")) + either(f"{frame}</p:graphicFrame>", PICTURE))
    stream = io.BytesIO()
    deck.save(stream)
    note = extract(Path("a.pptx"), stream.getvalue()).note
    assert note.startswith("not read: 1 chart, 1 embedded file")


def draw(deck, points, links, relation=""):
    """Add a diagram; `points` maps names to texts, "" stands for the diagram itself."""
    slide = deck.slides[0]
    written = "".join(
        f'<d:pt modelId="{name}"{"" if words else " type=" + chr(34) + "doc" + chr(34)}>'
        f"<d:t><a:p>{run(words)}</a:p></d:t></d:pt>"
        for name, words in points.items()
    )
    joined = "".join(
        f'<d:cxn srcId="{outer}" destId="{inner}" srcOrd="{at}"/>' for outer, inner, at in links
    )
    data = (
        f'<d:dataModel xmlns:d="{DRAWING}/diagram" {NAMES}><d:ptLst>{written}</d:ptLst>'
        f"<d:cxnLst>{joined}</d:cxnLst></d:dataModel>"
    )
    name = PackURI("/ppt/diagrams/data1.xml")
    part = Part(name, CONTENT_TYPE.DML_DIAGRAM_DATA, deck.part.package, data.encode())
    relation = relation or slide.part.relate_to(part, RELATIONSHIP_TYPE.DIAGRAM_DATA)
    frame = slide.shapes.add_table(1, 1, 0, 0, 0, 0)._element
    drawn = frame.find(".//{*}graphicData")
    drawn.set("uri", f"{DRAWING}/diagram")
    for table in list(drawn):
        drawn.remove(table)
    markup = f'<d:relIds xmlns:d="{DRAWING}/diagram" {NAMES} r:dm="{relation}"/>'
    drawn.append(parse_xml(markup))


BOXES = {"0": "", "1": "Sail", "2": "Reef", "3": "Plan", "4": "Ask"}


@pytest.mark.parametrize(
    ("links", "text"),
    [
        ([], "- Sail\n- Reef\n- Plan\n- Ask"),
        ([("0", "1", 1), ("0", "3", 0), ("3", "4", 0)], "- Plan\n  - Ask\n- Sail\n- Reef"),
        ([("0", "1", 0), ("1", "2", 0), ("2", "1", 0)], "- Sail\n  - Reef\n- Plan\n- Ask"),
        ([("9", "1", 0), ("0", "8", 0), ("0", "3", "x")], "- Plan\n- Sail\n- Reef\n- Ask"),
    ],
)
def test_boxes_of_a_diagram_in_their_order(deck, links, text):
    draw(deck, BOXES, links)
    assert read(deck) == f"{text}\n\n"


def test_diagram_without_its_data_is_passed_over(deck):
    draw(deck, BOXES, [], relation="rId99")
    add(deck.slides[0].shapes._spTree, box(run("Rest")))
    assert read(deck) == "Rest\n\n"


def test_charts_show_their_titles_categories_and_numbers(deck):
    shapes, size = deck.slides[0].shapes, (0, 0, 9, 9)
    data = CategoryChartData(number_format="0.0%")
    for year in ("2023", "2024"):
        outer = data.add_category(year)
        for quarter in ("Q1", "Q2"):
            outer.add_sub_category(quarter)
    data.add_series("Load", (0.105, 0.2, None, 0.3))
    shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *size, data)
    data = CategoryChartData(number_format="#,##0")
    data.categories = [date(2025, 1, 1), date(2025, 2, 1)]
    data.add_series("Rain", (10, 1204))
    chart = shapes.add_chart(XL_CHART_TYPE.LINE, *size, data).chart
    chart.chart_title.text_frame.text = "Weir"
    chart.value_axis.axis_title.text_frame.text = "mm"
    assert read(deck) == (
        "| | Load |\n| --- | --- |\n| 2023 Q1 | 10.5% |\n| 2023 Q2 | 20.0% |\n| 2024 Q1 | |\n"
        "| 2024 Q2 | 30.0% |\n\nWeir\n\nmm\n\n"
        "| | Rain |\n| --- | --- |\n| 2025-01-01 | 10 |\n| 2025-02-01 | 1,204 |\n\n"
    )


def test_each_line_of_a_scatter_plot_keeps_its_places(deck):
    data = XyChartData()
    for name, points in {"A": [(1, 2), (3, 4)], "B": [(1, 5), (3, 6)], "C": [(7, 8)]}.items():
        line = data.add_series(name)
        for point in points:
            line.add_data_point(*point)
    deck.slides[0].shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, 0, 0, 9, 9, data)
    rows = "| 1 | 2 | 5 | 7 | 8 |\n| 3 | 4 | 6 | | |"
    assert read(deck) == f"| | A | B | | C |\n| --- | --- | --- | --- | --- |\n{rows}\n\n"


def item(words, level=0, scheme="arabicPeriod", start=""):
    first = f' startAt="{start}"' if start else ""
    bullet = f'<a:buAutoNum type="{scheme}"{first}/>' if scheme else "<a:buNone/>"
    return f'<a:pPr lvl="{level}">{bullet}</a:pPr>{run(words)}'


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([item("a", start=3), item("b", start=3)], "3. a\n4. b"),
        ([item("a"), item("x", 1), item("y", 1), item("b")], "1. a\n   1. x\n   2. y\n2. b"),
        ([item("a"), item("x", 1), item("b"), item("z", 1)], "1. a\n   1. x\n2. b\n   1. z"),
        ([item("a"), item("Then", scheme=""), item("b")], "1. a\n\nThen\n\n1. b"),
        ([item("a"), item("Then", scheme=""), item("b", start=2)], "1. a\n\nThen\n\n2. b"),
        ([item("a", scheme="alphaUcParenBoth"), item("b", scheme="romanLcParenR")], "(A) a\ni) b"),
        ([item("a", scheme="x", start="x"), item("b", level="-1", start=10**12)], "1. a\n1. b"),
    ],
)
def test_items_of_a_list_have_the_numbers_that_the_slide_shows(deck, items, text):
    add(deck.slides[0].shapes._spTree, box("</a:p><a:p>".join(items)))
    assert read(deck).rstrip() == text


def test_items_in_a_cell_keep_their_numbers(deck):
    grid = deck.slides[0].shapes.add_table(2, 2, 0, 0, 9, 9).table
    for at, words in enumerate(("Risk", "Do", "Fire")):
        grid.cell(at // 2, at % 2).text = words
    body = grid.cell(1, 1).text_frame._txBody
    body.remove(body.p_lst[0])
    add(body, f"<a:p>{item('ring')}</a:p><a:p>{item('leave')}</a:p>")
    rows = "| Risk | Do |\n| --- | --- |\n| Fire | 1. ring 2. leave |"
    assert read(deck) == f"{rows}\n\n"
