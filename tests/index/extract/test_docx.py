"""Word documents made of the few elements that a test is about."""

from pathlib import Path

import pytest
from sources import zipped

from index.extract.document import extract
from index.extract.office.word import docx as docx_reader

NAMES = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    "v": "urn:schemas-microsoft-com:vml",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
}
DECLARED = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in NAMES.items())
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
MAIN = '<Relationship Id="m" Type="{}/officeDocument" Target="word/{}"/>'


def part(name, content):
    return f"<w:{name} {DECLARED}>{content}</w:{name}>"


def relationships(links):
    return f'<Relationships xmlns="{PACKAGE}">{links}</Relationships>'


def links(targets):
    """Relationships of the document, given as kind:target by their ids."""
    return relationships(
        "".join(
            f'<Relationship Id="{key}" Type="{NAMES["r"]}/{kind}" Target="{target}"/>'
            for key, (kind, target) in targets.items()
        )
    )


def docx(body, parts=None, targets=None, *, main="document.xml"):
    """The bytes of a document; `parts` are further parts in the folder of the document."""
    return zipped(
        {
            "_rels/.rels": relationships(MAIN.format(NAMES["r"], main)),
            f"word/{main}": part("document", f"<w:body>{body}</w:body>"),
            f"word/_rels/{main}.rels": links(targets or {}),
            **{f"word/{name}": content for name, content in (parts or {}).items()},
        }
    )


def read(*arguments, **options):
    return extract(Path("a.docx"), docx(*arguments, **options))


def text(*arguments, **options):
    return read(*arguments, **options).text


def t(words, properties=""):
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{words}</w:t></w:r>'


def p(content, properties=""):
    content = content if content.startswith("<") else t(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{content}</w:p>"


# --- what a paragraph holds ---------------------------------------------------------------------


@pytest.mark.parametrize("tag", ['fldSimple w:instr=" MERGEFIELD Name "', 'dir w:val="rtl"', "bdo"])
def test_fields_and_directions_keep_their_words(tag):
    field = f"<w:{tag}>{t('Mrs Ember')}</w:{tag.split()[0]}>"
    assert text(p(t("Dear ") + field + t(", welcome."))) == "Dear Mrs Ember, welcome.\n"


def drop_down(*entries, result="", default=""):
    marks = f'<w:result w:val="{result}"/>' * bool(result)
    marks += f'<w:default w:val="{default}"/>' * bool(default)
    listed = "".join(f'<w:listEntry w:val="{entry}"/>' for entry in entries)
    begin = (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:ddList>'
        f"{marks}{listed}</w:ddList></w:ffData></w:fldChar></w:r>"
    )
    return begin + complex_field("FORMDROPDOWN", "").partition("</w:r>")[2]


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"result": "1"}, "Berth: west quay."),
        ({"default": "1"}, "Berth: west quay."),
        ({}, "Berth: east quay."),
        ({"result": "7"}, "Berth: ."),
        ({"result": "-1"}, "Berth: ."),
        ({"result": "x", "default": "1"}, "Berth: west quay."),
    ],
)
def test_drop_down_fields_show_the_chosen_option(chosen, words):
    field = drop_down("east quay", "west quay", **chosen)
    assert text(p(t("Berth: ") + field + t("."))) == f"{words}\n"


def test_drop_down_controls_show_their_text_or_the_chosen_option():
    control = (
        '<w:sdt><w:sdtPr><w:dropDownList w:lastValue="w"><w:listItem w:displayText="west quay" '
        'w:value="w"/></w:dropDownList></w:sdtPr><w:sdtContent>{}</w:sdtContent></w:sdt>'
    )
    assert text(p(t("At ") + control.format(t("east quay")))) == "At east quay\n"
    assert text(p(t("At ") + control.format(""))) == "At west quay\n"
    assert text(control.format(p("<w:r/>"))) == "west quay\n"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (r"\f(1,2)", "1/2"),
        (r"\f(1;2)", "1/2"),
        (r"\f(a+b,2)", "(a+b)/2"),
        (r"10\s\up8(6)", "10⁶"),
        (r"CO\s\do 3(2)", "CO₂"),
        (r"\r(3,x)", "³√x"),
        (r"\b\bc\{ (\r(a\,b))", "{√(a,b)}"),
        (r"\i\su(1,5,k)", "∑₁⁵ k"),
        (r'\* jc2 \* "Font:MS Mincho" \* hps10 \o\ad(\s\up 9(kita),North)', "North(kita)"),
        (r"f(x, y), \x\to(5)", "f(x, y), 5"),
        (r"\f(1,2", "1/2"),
        (r"\f 1,2)", "1,2)"),
        (r"\f(" * 200, ""),
    ],
)
@pytest.mark.parametrize("form", ["simple", "complex"])
def test_equations_of_fields_are_written_in_one_line(code, words, form):
    if form == "simple":
        field = simple_field(f"EQ {code.replace(chr(34), '&quot;')}", "")
    else:
        field = complex_field(f"EQ {code}", "")
    found = text(p(t("It is ") + field + t(".")))
    assert found.startswith("It is ") if len(code) > 200 else found == f"It is {words}.\n"


def test_equation_whose_text_is_saved_is_written_once():
    assert text(p(complex_field(r"EQ \f(1,2)", "½"))) == "½\n"


def ruby(base, reading):
    return (
        f"<w:r><w:ruby><w:rubyPr/><w:rt>{t(reading)}</w:rt>"
        f"<w:rubyBase>{t(base)}</w:rubyBase></w:ruby></w:r>"
    )


def test_reading_of_a_word_follows_it_in_brackets():
    """The characters of one word stay together, whether one ruby element holds them or several."""
    assert text(p(t("at ") + ruby("大阪", "おおさか") + t(" station"))) == (
        "at 大阪(おおさか) station\n"
    )
    assert text(p(ruby("大", "おお") + ruby("阪", "さか") + t("!"))) == "大阪(おおさか)!\n"


def test_blank_beside_a_formula_stands_only_before_a_word():
    half = "<m:oMath><m:r><m:t>1/2</m:t></m:r></m:oMath>"
    words = t("Of ") + half + t(", ") + half + t("x and") + half + half + t(".")
    assert text(p(words)) == "Of 1/2, 1/2 x and 1/2 1/2.\n"
    displayed = f"<m:oMathPara>{half}</m:oMathPara>"
    assert text(p(t("Then:") + displayed + t("."))) == "Then: 1/2 .\n"


def test_breaks_and_tabs_do_not_weld_words():
    content = "<w:r><w:t>Fee</w:t><w:ptab/><w:t>30</w:t><w:cr/><w:t>Paid</w:t></w:r>"
    assert text(p(content)).split() == ["Fee", "30", "Paid"]


@pytest.mark.parametrize("kind", ["page", "column"])
def test_ends_of_pages_and_columns_do_not_weld_words(kind):
    assert text(p(f'{t("Clause ends")}<w:r><w:br w:type="{kind}"/></w:r>{t("Next")}')).split() == [
        *("Clause", "ends"),
        "Next",
    ]
    assert text(p(t("A")) + p(f'<w:r><w:br w:type="{kind}"/></w:r>') + p(t("B"))) == "A\n\nB\n"


DELETED = "<w:rPr><w:del/></w:rPr>"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (f"<w:tbl><w:tr><w:tc>{{}}</w:tc><w:tc>{p('7')}</w:tc></w:tr></w:tbl>", "| 5 | 7 |"),
        (f"{{}}<w:tbl><w:tr><w:tc>{p('7')}</w:tc><w:tc>{p('8')}</w:tc></w:tr></w:tbl>", "5\n\n| 7"),
        ("{}", "5"),
        (f"{{}}{p('7')}", "57"),
    ],
)
def test_a_deleted_end_of_a_paragraph_joins_it_to_the_next_only(body, words):
    assert text(body.format(p("5", DELETED))).startswith(words)


@pytest.mark.parametrize("tag", ["del", "moveFrom"])
def test_deleted_and_moved_text_boxes_are_left_out(tag):
    box = f"<w:pict><v:textbox><w:txbxContent>{p('Boxed')}</w:txbxContent></v:textbox></w:pict>"
    assert text(p(f"<w:{tag}><w:r>{box}</w:r></w:{tag}>{t('Kept')}")) == "Kept\n"


def test_a_reference_to_nothing_loses_no_text():
    picture = (
        '<w:drawing><wp:inline><wp:docPr id="1" name="a"/>'
        '<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData>'
        '<pic:pic xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        '<pic:blipFill><a:blip r:embed="rId77"/></pic:blipFill></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing>"
    )
    link = f'<w:hyperlink r:id="rId99">{t("the fees")}</w:hyperlink>'
    assert text(p(f"{t('See ')}{link}<w:r>{picture}</w:r>")) == "See the fees\n"


def test_letters_of_the_font_symbol_are_what_they_look_like():
    symbol = '<w:rFonts w:ascii="Symbol" w:hAnsi="Symbol"/>'
    assert text(p(f"{t('5 ')}{t(chr(0xF06D), symbol)}{t('g')}")) == "5 μg\n"


def test_boxes_show_whether_they_are_checked():
    control = (
        "<w:sdt><w:sdtPr><w14:checkbox><w14:checked w14:val='{}'/></w14:checkbox></w:sdtPr>"
        "<w:sdtContent><w:r><w:t>{}</w:t></w:r></w:sdtContent></w:sdt>"
    )
    boxes = control.format(1, "☒") + t(" owner ") + control.format(0, "☐") + t(" tenant")
    assert text(p(boxes)) == "☒ owner ☐ tenant\n"


BOX = f"<w:txbxContent>{p('In the box.')}{p('Still in it.')}</w:txbxContent>"
DRAWING = "<w:drawing><wp:anchor><wps:wsp><wps:txbx>{}</wps:txbx></wps:wsp></wp:anchor></w:drawing>"
PICTURE = "<w:pict><v:shape><v:textbox>{}</v:textbox></v:shape></w:pict>"


@pytest.mark.parametrize(
    "box",
    [
        DRAWING.format(BOX),
        PICTURE.format(BOX),
        f"<mc:AlternateContent><mc:Choice Requires='wps'>{DRAWING.format(BOX)}</mc:Choice>"
        f"<mc:Fallback>{PICTURE.format(BOX)}</mc:Fallback></mc:AlternateContent>",
        f"<mc:AlternateContent><mc:Choice Requires='wps'>{DRAWING.format(BOX)}</mc:Choice>"
        "</mc:AlternateContent>",
    ],
)
def test_text_box_follows_its_paragraph_once(box):
    assert text(p(t("Before ") + f"<w:r>{box}</w:r>" + t("and after.")) + p("Last.")) == (
        "Before and after.\n\nIn the box.\n\nStill in it.\n\nLast.\n"
    )


def test_drawn_letters_are_read_also_as_the_water_mark_of_a_header():
    drawn = (
        '<w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml">'
        '<v:textpath string="{}"/></v:shape></w:pict></w:r>'
    )
    header = part("hdr", p(t("Lease") + drawn.format("DRAFT 3")))
    body = p(t("Hours:") + drawn.format("9 to 5")) + section(("header", "default", "h"))
    parts = ({"h.xml": header}, {"h": ("header", "h.xml")})
    assert text(body, *parts) == "Hours: 9 to 5\n\nLease DRAFT 3\n"


def test_text_box_within_a_text_box_is_read():
    inner = f"<w:txbxContent>{p('Inner.')}</w:txbxContent>"
    outer = p(f"<w:r>{DRAWING.format(inner)}</w:r>" + t("Outer."))
    outer = f"<w:r>{DRAWING.format(f'<w:txbxContent>{outer}</w:txbxContent>')}</w:r>"
    assert text(p(outer + t("Whole."))) == "Whole.\n\nOuter.\n\nInner.\n"


# --- tables -------------------------------------------------------------------------------------


def row(*cells, before=0, after=0):
    skipped = f'<w:gridBefore w:val="{before}"/><w:gridAfter w:val="{after}"/>'
    return (
        f"<w:tr><w:trPr>{skipped}</w:trPr>{''.join(f'<w:tc>{p(c)}</w:tc>' for c in cells)}</w:tr>"
    )


def test_cells_stay_in_their_columns():
    table = row("Boat", "Length", "Fee") + row("9 m", "30", before=1) + row("Heron", after=2)
    assert text(f"<w:tbl>{table}</w:tbl>").split("\n") == [
        *("| Boat | Length | Fee |", "| --- | --- | --- |"),
        *("| | 9 m | 30 |", "| Heron | | |", ""),
    ]


MERGED = {
    "→": '<w:gridSpan w:val="2"/>',
    "↓": '<w:vMerge w:val="restart"/>',
    "↑": "<w:vMerge/>",
}


def grid(*rows):
    """Return a table; an arrow in a cell says where the next one is that is merged with it."""
    return "".join(
        cells(
            *(
                f"<w:tcPr>{MERGED.get(cell[-1:], '')}</w:tcPr>{p(cell.rstrip('→↓↑'))}"
                for cell in row.split(",")
            )
        )
        for row in rows
    )


@pytest.mark.parametrize(
    ("first", "second", "data", "header"),
    [
        ("Port,Fee→", ",Day,Night", "Oslo,3,4.50", "| Port | Fee Day | Fee Night |"),
        ("Port,Fee→", ",Day,Night", "Oslo,3,–", "| Port | Fee Day | Fee Night |"),
        (",2024→", "Port,Day,Night", "Oslo,3,4.50", "| Port | 2024 Day | 2024 Night |"),
        ("A→,B→", "x,y,x,y", "1,2,3,4", "| A x | A y | B x | B y |"),
        ("Port↓,Staff→", "↑,Day,Night", "Oslo,Ida,", "| Port | Staff Day | Staff Night |"),
    ],
)
def test_columns_have_the_names_of_their_groups(first, second, data, header):
    assert text(f"<w:tbl>{grid(first, second, data)}</w:tbl>").split("\n")[::2] == (
        [header, f"| {' | '.join(data.split(','))} |".replace("|  |", "| |")]
    )


@pytest.mark.parametrize(
    ("first", "second", "data"),
    [
        ("Port,Fee→", "Riga,free,none", "Oslo,3,4.50"),
        ("Port,Fee→", ",Day,9", "Oslo,3,4.50"),
        ("Port,Fee→", ",Day,", "Oslo,3,4.50"),
        ("Port,Fee→", ",free→", "Oslo,3,4.50"),
        ("Staff→,", "Ida,Jo,", "Ada,Bo,"),
        ("Port,Day,Night", ",a,b", "Oslo,3,4.50"),
        ("Port↓,,", "↑,a,b", "Oslo,3,4.50"),
        ("Port,Fee→", ",Day,Night", "Oslo,-,–"),
        ("Port↓,Fee→", "↑,Day,9", "Oslo,3,4.50"),
    ],
)
def test_second_row_that_may_hold_data_names_no_columns(first, second, data):
    lines = text(f"<w:tbl>{grid(first, second, data)}</w:tbl>").split("\n")
    assert [cell for cell in second.strip("↑→").split(",") if cell not in lines[2]] == []


def test_bar_in_a_cell_is_no_border():
    table = row("Part", "Place") + row("AB-12 | left", "")
    assert text(f"<w:tbl>{table}</w:tbl>").split("\n")[2] == "| AB-12 \\| left | |"


@pytest.mark.parametrize("count", ["-1", "x", "99999999999999999999", "2000000"])
def test_absurd_number_of_skipped_columns_is_ignored(count):
    assert "30" in text(f"<w:tbl>{row('Boat', 'Fee') + row('Heron', '30', before=count)}</w:tbl>")


def cells(*contents):
    return f"<w:tr>{''.join(f'<w:tc>{content}</w:tc>' for content in contents)}</w:tr>"


def test_numbers_and_words_in_a_table_within_a_cell_stay_whole():
    raised = t("6", '<w:vertAlign w:val="superscript"/>')
    row = cells(p(t("10") + raised), p(t("Ost") + t("ro", "<w:b/>")) + p("Quay"))
    inner = f"<w:tbl>{row}{cells(p('7'), p('Ida'))}</w:tbl>"
    table = cells(p("Place"), p("Stones")) + cells(p("Pier"), p("") + inner)
    assert text(f"<w:tbl>{table}</w:tbl>").endswith("| Pier | 10⁶, Ostro Quay; 7, Ida |\n")


def test_items_of_a_table_within_a_cell_keep_their_numbers():
    inner = f"<w:tbl>{cells(p('Open'), item('hoses') + item('alarms'))}</w:tbl>"
    table = cells(p("Risk"), p("Measures")) + cells(p("Fire"), p("All:") + inner + p("Daily"))
    found = text(f"<w:tbl>{table}</w:tbl>", {"numbering.xml": numbering(level(0, "%1."))})
    assert found.endswith("| Fire | All: Open, 1. hoses; 2. alarms; Daily |\n")


def test_table_stays_a_table_whatever_its_cells_hold():
    scheme = numbering(level(0, "%1.") + level(1, "(%2)", "lowerLetter"))
    styles = '<w:style w:type="paragraph" w:styleId="H"><w:name w:val="heading 1"/></w:style>'
    inner = f"<w:tbl>{cells(p('red'), p('12')) + cells(p('blue'), p('14'))}</w:tbl>"
    table = (
        cells(p("Risk"), p("Measures"))
        + cells(p("Fire"), item("alarms") + item("hoses"))
        + cells(p("Storm", '<w:pStyle w:val="H"/>'), item("watch") + item("at night", 1))
        + cells(p("Theft"), p("Buoys:") + inner + p(""))
    )
    parts = {"numbering.xml": scheme, "styles.xml": part("styles", styles)}
    found = text(f"<w:tbl>{table}</w:tbl>" + p("After."), parts)
    assert found.endswith("\n\nAfter.\n")
    rows = found.split("\n\n")[0].split("\n")
    assert [line.split("|")[1].strip() for line in rows] == [
        "Risk",
        "---",
        "Fire",
        "Storm",
        "Theft",
    ]
    assert {line.count("|") for line in rows} == {3}
    for words in ("1. alarms", "2. hoses", "3. watch", "(a) at night", "Buoys:", "red, 12"):
        assert sum(words in line for line in rows) == 1


def test_columns_of_a_layout_are_no_table():
    words = "A long column of words. " * 80
    table = cells(item(words), p("Side.")) + cells(p("Foot."), p("Page."))
    scheme = numbering(level(0, "•", "bullet"))
    assert "|" not in text(f"<w:tbl>{table}</w:tbl>", {"numbering.xml": scheme})


# --- headers and footers ------------------------------------------------------------------------


def section(*references, rest=""):
    found = "".join(
        f'<w:{kind}Reference w:type="{at}" r:id="{id}"/>' for kind, at, id in references
    )
    return f"<w:sectPr>{found}{rest}</w:sectPr>"


def simple_field(name, words):
    return f'<w:fldSimple w:instr=" {name} ">{t(words)}</w:fldSimple>'


def complex_field(name, words):
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    return (
        mark("begin")
        + f"<w:r><w:instrText> {name} </w:instrText></w:r>"
        + mark("separate")
        + t(words)
        + mark("end")
    )


def test_what_stands_only_in_headers_and_footers_is_kept_once():
    header = part("hdr", p("Invoice 2041") + p("The title"))
    footer = part("ftr", p("Invoice 2041") + f"<w:tbl>{row('Bank', 'Ostro Savings')}</w:tbl>")
    targets = {"h": ("header", "header1.xml"), "f": ("footer", "footer1.xml")}
    used = section(("header", "default", "h"), ("footer", "default", "f"))
    found = text(
        p("The title") + p("The body.", used) + p("More.") + used,
        {"header1.xml": header, "footer1.xml": footer},
        targets,
    )
    assert found.startswith("The title\n\nThe body.\n\nMore.\n\nInvoice 2041\n\n")
    assert [found.count(words) for words in ("Invoice", "title", "Ostro")] == [1, 1, 1]


@pytest.mark.parametrize("field", [simple_field, complex_field])
def test_page_numbers_are_no_text(field):
    number = t("Page ") + field("PAGE", "3") + t(" of ") + field("NUMPAGES", "7")
    footer = part("ftr", p(t("Lease of the pier") + "<w:r><w:tab/></w:r>" + number))
    parts = ({"f.xml": footer}, {"f": ("footer", "f.xml")})
    assert text(p("Body.") + section(("footer", "default", "f")), *parts) == (
        "Body.\n\nLease of the pier\n"
    )


def test_headers_that_no_page_shows_are_left_out():
    parts = {"first.xml": part("hdr", p("First")), "even.xml": part("hdr", p("Even"))}
    targets = {"a": ("header", "first.xml"), "b": ("header", "even.xml")}
    references = (("header", "first", "a"), ("header", "even", "b"))
    assert text(p("Body.") + section(*references), parts, targets) == "Body.\n"
    parts["settings.xml"] = part("settings", "<w:evenAndOddHeaders/>")
    targets["s"] = ("settings", "settings.xml")
    shown = section(*references, rest="<w:titlePg/>")
    assert text(p("Body.") + shown, parts, targets) == "Body.\n\nFirst\n\nEven\n"


def test_links_and_pictures_of_a_header_do_not_matter():
    header = part("hdr", p(f'<w:hyperlink r:id="x">{t("ostro.example")}</w:hyperlink>'))
    found = text(
        p("Body.") + section(("header", "default", "h")),
        {"h.xml": header},
        {"h": ("header", "h.xml")},
    )
    assert found == "Body.\n\nostro.example\n"


# --- notes and comments -------------------------------------------------------------------------


STYLE = (
    '<w:style w:type="character" w:styleId="{}">'
    '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>'
)


def reference(kind, number, properties='<w:vertAlign w:val="superscript"/>'):
    mark = f'<w:{kind}Reference w:id="{number}"/>'
    return f"<w:r><w:rPr>{properties}</w:rPr>{mark}</w:r>"


def test_comments_follow_their_paragraph_with_their_author():
    note = f'<w:comment w:id="4" w:author="Ida Moor">{p("The fee is 40.")}</w:comment>'
    body = p(t("The fee is 30") + reference("comment", 4, "") + t(".")) + p("Next.")
    assert text(body, {"comments.xml": part("comments", note)}) == (
        "The fee is 30.\n\nNote: comment by Ida Moor: The fee is 40.\n\nNext.\n"
    )


def test_marks_of_notes_are_no_exponents():
    note = f'<w:footnote w:id="2">{p("As measured.")}</w:footnote>'
    body = p(t("It holds 10") + reference("footnote", 2, '<w:rStyle w:val="Ref"/>') + t(" boats."))
    parts = {
        "footnotes.xml": part("footnotes", note),
        "styles.xml": part("styles", STYLE.format("Ref")),
    }
    assert text(body, parts) == "It holds 10 boats.\n\nNote: As measured.\n"


def test_powers_and_bold_syllables_in_notes_stay_whole():
    raised = '<w:vertAlign w:val="superscript"/>'
    words = p(t("Of 10") + t("6", raised) + t(" boats, Ost") + t("ro", "<w:b/>"))
    note = f'<w:footnote w:id="2">{words}</w:footnote>'
    body = p(t("Ten") + reference("footnote", 2) + t(" boats."))
    assert text(body, {"footnotes.xml": part("footnotes", note)}) == (
        "Ten boats.\n\nNote: Of 10⁶ boats, Ostro\n"
    )


def test_references_without_a_note_are_left_out():
    body = p(
        t("Ten") + "".join(reference(kind, 9) for kind in ("footnote", "comment")) + t(" boats.")
    )
    assert text(body) == "Ten boats.\n"


# --- embedded documents -------------------------------------------------------------------------

CHUNK = '<w:altChunk r:id="c"/>'
PAGE = "<html><body><h2>Rules</h2><p>No dogs &amp; no cats.</p></body></html>"
ARCHIVE = (
    "MIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n--b\n"
    f"Content-Type: text/html; charset=utf-8\n\n{PAGE}\n--b--\n"
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (PAGE, "## Rules\n\nNo dogs & no cats."),
        (ARCHIVE, "## Rules\n\nNo dogs & no cats."),
        ("No dogs.\n\nNo cats.", "No dogs.\n\nNo cats."),
        (r"{\rtf1 No dogs.\par No cats.}", "No dogs.\n\nNo cats."),
        (docx(p("No dogs.")), "No dogs."),
    ],
)
def test_embedded_documents_are_read_in_their_place(content, words):
    found = read(
        p("Before.") + CHUNK + p("After."), {"c.bin": content}, {"c": ("aFChunk", "c.bin")}
    )
    assert (found.text, found.note) == (f"Before.\n\n{words}\n\nAfter.\n", "")


@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"\0\1\2", b"", b"<pkg:package/>"])
def test_embedded_documents_that_cannot_be_read_are_named(content):
    found = read(p("Before.") + CHUNK, {"c.bin": content}, {"c": ("aFChunk", "c.bin")})
    assert (found.text, found.note) == ("Before.\n", "not read: 1 embedded document")


def test_embedded_documents_embed_no_others():
    inner = docx(p("Inner.") + CHUNK, {"c.bin": docx(p("Deep."))}, {"c": ("aFChunk", "c.bin")})
    assert text(p("Outer.") + CHUNK, {"c.bin": inner}, {"c": ("aFChunk", "c.bin")}) == (
        "Outer.\n\nInner.\n"
    )


# --- numbers of lists ---------------------------------------------------------------------------


def level(depth, label, form="decimal", start=1, more=""):
    return (
        f'<w:lvl w:ilvl="{depth}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}'
        f'<w:lvlText w:val="{label}"/></w:lvl>'
    )


def numbering(levels, overrides=""):
    """A scheme with list 1, and list 2 with the same counters and these overrides."""
    return part(
        "numbering",
        f'<w:abstractNum w:abstractNumId="0">{levels}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        f'<w:num w:numId="2"><w:abstractNumId w:val="0"/>{overrides}</w:num>',
    )


def item(words, depth=0, number=1, mark=""):
    place = f'<w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/>'
    return p(words, f"<w:numPr>{place}</w:numPr><w:rPr>{mark}</w:rPr>")


def lines(body, scheme, **parts):
    found = text(body, {"numbering.xml": scheme} | {f"{k}.xml": v for k, v in parts.items()})
    return [line for line in found.split("\n") if line]


def test_list_goes_on_after_a_paragraph_and_starts_where_it_says():
    body = item("a") + item("b") + p("Between.") + item("c") + item("d")
    assert lines(body, numbering(level(0, "%1.", start=5))) == [
        *("5. a", "6. b", "Between.", "7. c", "8. d"),
    ]


def test_list_starts_again_where_another_overrides_it():
    again = '<w:lvlOverride w:ilvl="{}"><w:startOverride w:val="{}"/></w:lvlOverride>'
    body = item("a") + item("b") + item("c", number=2) + item("d", number=2) + item("e")
    scheme = numbering(level(0, "%1."), again.format(0, 4))
    assert lines(body, scheme) == ["1. a", "2. b", "4. c", "5. d", "6. e"]
    scheme = numbering(level(0, "%1.") + level(1, "%1.%2"), again.format(1, 7))
    body = item("a", number=2) + item("b", 1, number=2) + item("c", 1, number=2)
    assert lines(body, scheme) == ["1. a", "1.7 b", "1.8 c"]


def test_bullets_below_a_label_have_one_mark_each():
    levels = level(0, "%1)") + level(1, "•", "bullet") + level(2, "•", "bullet")
    body = item("a") + item("b", 2) + item("c", 2) + item("d", 1)
    assert lines(body, numbering(levels)) == ["1) a", "- b", "- c", "- d"]


def test_levels_of_another_list_may_have_other_labels():
    other = f'<w:lvlOverride w:ilvl="0">{level(0, "§ %1")}</w:lvlOverride>'
    assert lines(item("a") + item("b", number=2), numbering(level(0, "%1."), other)) == [
        *("1. a", "§ 2 b"),
    ]


@pytest.mark.parametrize(("restart", "last"), [("", "II.1"), ('<w:lvlRestart w:val="0"/>', "II.3")])
def test_levels_restart_unless_they_say_otherwise(restart, last):
    levels = level(0, "%1:", "upperRoman") + level(1, "%1.%2", more=restart)
    body = item("A") + item("x", 1) + item("y", 1) + item("B") + item("z", 1)
    found = lines(body, numbering(levels))
    assert [line.split()[0] for line in found] == ["I:", "I.1", "I.2", "II:", last]


@pytest.mark.parametrize(
    ("form", "labels"),
    [
        ("lowerLetter", "a b"),
        ("upperRoman", "I II"),
        ("decimalZero", "01 02"),
        ("ordinal", "1st 2nd"),
        ("decimalEnclosedCircle", "① ②"),
        ("japaneseCounting", "一 二"),
        ("russianUpper", "А Б"),  # noqa: RUF001
        ("unheardOf", "1 2"),
    ],
)
def test_numbers_have_their_format(form, labels):
    found = lines(item("x") + item("y"), numbering(level(0, "%1)", form)))
    assert [line.partition(")")[0] for line in found] == labels.split()


def test_number_may_have_leading_zeros_and_legal_digits():
    custom = level(0, "R%1", "decimal").replace(
        '<w:numFmt w:val="decimal"/>',
        '<mc:AlternateContent><mc:Choice Requires="w14">'
        '<w:numFmt w:val="custom" w:format="001, 002, 003, ..."/></mc:Choice>'
        '<mc:Fallback><w:numFmt w:val="decimal"/></mc:Fallback></mc:AlternateContent>',
    )
    assert lines(item("x"), numbering(custom)) == ["R001 x"]
    levels = level(0, "Part %1", "upperRoman") + level(1, "%1.%2", more="<w:isLgl/>")
    assert lines(item("x") + item("y", 1), numbering(levels)) == ["Part I x", "1.1 y"]


def test_list_of_a_style_holds_for_styles_based_on_it():
    styles = (
        '<w:style w:type="paragraph" w:styleId="Clause"><w:pPr><w:numPr><w:numId w:val="1"/>'
        '</w:numPr></w:pPr></w:style><w:style w:type="paragraph" w:styleId="Small">'
        '<w:basedOn w:val="Clause"/></w:style>'
    )
    body = "".join(
        p(words, f'<w:pStyle w:val="{style}"/>')
        for words, style in (("a", "Clause"), ("b", "Small"), ("c", "Clause"))
    )
    assert lines(body, numbering(level(0, "%1.")), styles=part("styles", styles)) == [
        *("1. a", "2. b", "3. c"),
    ]


def test_list_style_gives_the_levels_of_a_list_that_links_to_it():
    scheme = part(
        "numbering",
        '<w:abstractNum w:abstractNumId="0"><w:numStyleLink w:val="Articles"/></w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="1">{level(0, "Art. %1")}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>',
    )
    styles = (
        '<w:style w:type="numbering" w:styleId="Articles"><w:pPr><w:numPr><w:numId w:val="2"/>'
        "</w:numPr></w:pPr></w:style>"
    )
    assert lines(item("x") + item("y"), scheme, styles=part("styles", styles)) == [
        *("Art. 1 x", "Art. 2 y"),
    ]


def test_paragraphs_that_a_change_removes_are_not_counted():
    gone = item("<w:del><w:r><w:delText>b</w:delText></w:r></w:del>", mark="<w:del/>")
    assert lines(item("a") + gone + item("c"), numbering(level(0, "%1."))) == ["1. a", "2. c"]


@pytest.mark.parametrize("value", ["", "x", "99999999999999999999999", "-1"])
def test_broken_numbers_do_not_lose_the_paragraphs(value):
    scheme = numbering(level(0, "%1.", start=value), f'<w:lvlOverride w:ilvl="{value}"/>')
    assert "words" in text(item("words") + item("more", number=2), {"numbering.xml": scheme})


# --- the file as a whole ------------------------------------------------------------------------


def test_what_is_not_read_is_named():
    targets = {
        **{f"c{number}": ("chart", f"chart{number}.xml") for number in range(2)},
        "d": ("diagramData", "data.xml"),
    }
    assert read(p("Text."), {}, targets).note == "not read: 2 charts, 1 diagram"
    assert read(p(t("Text.") + f"<w:odd>{t('Odd.')}</w:odd>")).note == 'not read: 1 element "odd"'
    assert read(p(t("Text.") + "<w:odd/>")).note == ""


def test_symbols_of_unknown_fonts_are_named():
    symbol = '<w:r><w:sym w:font="Harbour Signs" w:char="F06C"/></w:r>'
    assert read(p(t("Berth") + symbol)).note == "not read: 1 symbol"


def test_pictures_are_named_where_there_is_hardly_any_text():
    blip = '<a:blip xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"/>'
    picture = f"<w:p><w:r><w:drawing>{blip}</w:drawing></w:r></w:p>"
    old = "<w:p><w:r><w:pict><v:imagedata/></w:pict></w:r></w:p>"
    assert read(p("Opening hours") + picture).note == "not read: 1 picture"
    assert read(p("Opening hours") + picture + old).note == "not read: 2 pictures"
    assert read(p("The quay opens at nine. " * 9) + picture).note == ""
    assert read(p("Opening hours")).note == ""


def test_document_may_have_another_name_and_the_strict_form():
    data = docx(p(t("Dear ") + simple_field("MERGEFIELD", "Ada")), main="document2.xml")
    assert extract(Path("a.docx"), data).text == "Dear Ada\n"
    strict = part("document", f"<w:body>{p(simple_field('X', 'Ada'))}</w:body>")
    for name in ("wordprocessingml", "officeDocument"):
        strict = strict.replace(
            f"http://schemas.openxmlformats.org/{name}/2006/", f"http://purl.oclc.org/ooxml/{name}/"
        )
    assert text("", {"document.xml": strict}) == "Ada\n"


@pytest.mark.parametrize(
    "raised",
    ['<w:vertAlign w:val="superscript"/>', '<w:rStyle w:val="Up"/>', '<w:position w:val="6"/>'],
)
def test_raised_digits_stay_raised(monkeypatch, raised):
    pages = []
    monkeypatch.setattr(docx_reader, "html_to_markdown", lambda page: pages.append(page) or page)
    styles = part("styles", STYLE.format("Up"))
    read(p(t("10") + t("6", raised) + t(" cells")), {"styles.xml": styles})
    assert "10<sup>6</sup> cells" in pages[0]
