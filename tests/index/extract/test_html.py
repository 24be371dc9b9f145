"""Web pages: what stands in their text, and how."""

import sys
import time
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sources import FRENCH, refusal

from index.extract.document import extract
from index.extract.web.html.notes import place_notes


def read_page(page: str | bytes) -> str:
    """Return the text of a page, without the line end at its end."""
    data = page if isinstance(page, bytes) else page.encode()
    return extract(Path("a.html"), data).text.removesuffix("\n")


# --- superscripts, subscripts, formulas ---------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("10<sup>6</sup> cells, 3 &middot; 10<sup>-4</sup>", "10⁶ cells, 3 · 10⁻⁴"),
        ("H<sub>2</sub>O and CO<sub>2</sub>", "H₂O and CO₂"),
        ("2<sup>n</sup>, 10<sup>n + 1</sup>, 10<sup>0.5</sup>", "2ⁿ, 10ⁿ⁺¹, 10^0.5"),
        ("m<sup><i>2</i> </sup>wide", "m² wide"),
        ("2<sup>2<sup>3</sup></sup>", "2^2³"),
        ("10<span style='vertical-align: super'>9</span>", "10⁹"),
        ("on May 21<sup>st</sup>", "on May 21st"),
        ("Quay<sup>TM</sup>, Quay<sup>only today</sup>", "Quay™, Quay only today"),
        ("1<sup>1</sup>/<sub>2</sub> cups, <sup>3</sup>&frasl;<sub>4</sub>", "1 1/2 cups, 3/4"),
        ("<sup>14</sup>C", "¹⁴C"),
        ("a<sub>i</sub>, V<sub>0.5</sub>", "aᵢ, V_0.5"),
    ],
)
def test_powers_and_indices_are_no_factors(page, text):
    assert read_page(f"<p>{page}</p>") == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<style>.up {vertical-align: super}</style>7<b class='x up'>4</b>", "7⁴"),
        (
            "<style>@media all{p i.p,b.p{FONT-VARIANT-POSITION:SUPER}}</style>7<i class=p>4</i>",
            "7⁴",
        ),
        ("<style>/* a{} */ #low{vertical-align:-30%}</style>H<span id=low>2</span>O", "H₂O"),
        ("<style>p>span{vertical-align:.4em}</style>7<span>4</span>, <b>10</b>", "7⁴, 10"),
        ("7<em style='color: red; vertical-align: 5px'>4</em>", "7⁴"),
        ("7<i style='font-variant-position:super'>4</i>", "7⁴"),
        ("<style>i{vertical-align:super}</style>2<i>2<i>3</i></i>", "2^2³"),
        ("7<i style='font-size:7pt; position:relative; top:-4pt'>4</i>", "7⁴"),
        ("7<i style='font-size:.6em; position:relative; bottom:-.3em'>4</i>", "7₄"),
        # A rule that is taken back, and text that is only lined up.
        (
            "<style>.u{vertical-align:super}.u{vertical-align:baseline}</style>7<b class=u>4</b>",
            "74",
        ),
        (
            "<style>.u{vertical-align:super}</style>7<b class=u style='vertical-align:top'>4</b>",
            "74",
        ),
        ("7<b style='vertical-align: -1px'>4</b>", "74"),
        ("7<b style='position:relative; top:-1px; font-size: 1em'>4</b>", "74"),
        ("7<b style='position:relative; top:-1em'>4</b>", "74"),
        # What is raised twice is one power.
        ("<style>.u{vertical-align:super}</style>7<sup><b class=u>4</b></sup>", "7⁴"),
        ("<style>.u{vertical-align:super}</style>7<b class=u><sup>4</sup></b>", "7⁴"),
        # Marks of notes are no exponents.
        (
            "<style>a.u{vertical-align:super}</style>in 1845<a class=u href='#n'>1</a>.",
            "in 1845[1].",
        ),
        ("in 1845<span style='vertical-align:super'><a href='#n'>1</a></span>.", "in 1845[1]."),
        # Broken sheets.
        ("<style>.u{vertical-align:super</style>7<b class=u>4</b>", "7⁴"),
        ("<style>.u..b, >.u, ::u{vertical-align:super}}}{</style>7<b class=u>4</b>", "74"),
    ],
)
def test_text_raised_by_a_style_is_no_factor(page, text):
    assert read_page(f"<p>{page}</p>") == text


def test_many_rules_and_raised_elements_take_little_time():
    rules = "".join(f"p b i.u{number}{{vertical-align:super}}" for number in range(20_000))
    began = time.perf_counter()
    text = read_page(f"<style>{rules}</style><p>7" + "<b class=u1><i class=u1>4</i></b>" * 5_000)
    assert "74" not in text
    assert time.perf_counter() - began < 60  # 2 seconds, on a machine with nothing else to do.


@pytest.mark.parametrize("page", ["<sup>7", "<sup><sub>7", "<sup>", "<b><sup>7"])
def test_powers_of_powers_take_linear_time(page):
    began = time.perf_counter()
    assert "77" not in read_page("<p>The quay 7" + page * 100)
    read_page("<p>The quay" + page * 10_000 + "7")
    assert time.perf_counter() - began < 20  # 1 second, on a machine with nothing else to do.


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("in 1845<sup><a href='#n1'>1</a></sup>.", "in 1845[1]."),
        ("in 1845<a href='#n1'><sup>1</sup></a>.", "in 1845[1]."),
        ("in 1845<sup>[<a href='#n1'>1</a>]</sup>.", "in 1845[1]."),
        ("in 1845<sup>[a]</sup>.", "in 1845[a]."),
        ("in 1845<sup><a href='#n1'>*</a></sup>.", "in 1845*."),
        ("<a href='/powers'>10<sup>6</sup></a>", "10⁶"),
    ],
)
def test_marks_of_notes_are_no_exponents(page, text):
    assert read_page(f"<p>{page}</p>") == text


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<mfrac><mn>1</mn><mn>2</mn></mfrac>", "1/2"),
        ("<mn>3</mn><mfrac><mn>1</mn><mn>2</mn></mfrac>", "3 1/2"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>", "(a+b)/2"),
        ("<mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup>", "E=mc²"),
        ("<msub><mi>v</mi><mi>max</mi></msub><mo>≤</mo><mn>9</mn>", "v_max≤9"),
        ("<msqrt><mi>x</mi><mo>+</mo><mn>1</mn></msqrt>", "√(x+1)"),
        ("<mroot><mn>27</mn><mn>3</mn></mroot><mo>=</mo><mn>3</mn>", "³√27=3"),
        ("<munderover><mo>∑</mo><mn>1</mn><mi>n</mi></munderover><mi>k</mi>", "∑₁ⁿk"),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "xᵢ²"),
        ("<mi>sin</mi><mo>&#x2061;</mo><mi>x</mi>", "sin x"),
        ("<mn>2</mn><mo>&#x2062;</mo><mi>x</mi>", "2x"),
        ("<mmultiscripts><mi>C</mi><mprescripts/><none/><mn>14</mn></mmultiscripts>", "¹⁴C"),
        ("<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>0</mn></mtd></mtr></mtable>", "1, 0"),
        ("<semantics><mn>7</mn><annotation>seven</annotation></semantics>", "7"),
        ("<mfrac><mn>1</mn></mfrac>", "1"),
        ("<mfrac linethickness='0'><mn>5</mn><mn>2</mn></mfrac>", "(5 2)"),
        (
            "<mo>(</mo><mfrac linethickness='0.0pt'><mi>n</mi><mn>2</mn></mfrac><mo>)</mo>",
            "(n 2)",
        ),
        ("<mfrac linethickness='0.5pt'><mn>5</mn><mn>2</mn></mfrac>", "5/2"),
    ],
)
def test_formulas_are_read_in_one_line(formula, text):
    assert read_page(f"<p>It is <math>{formula}</math> here.</p>") == f"It is {text} here."


def test_formula_that_is_drawn_twice_is_read_once():
    formula = "<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>"
    drawn = f"<span>{formula}</span><span aria-hidden='true'><span>1</span><span>2</span></span>"
    assert read_page(f"<p>Half is <span>{drawn}</span>.</p>") == "Half is 1/2."


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("at <ruby>大阪<rt>おおさか</rt></ruby> station", "at 大阪(おおさか) station"),
        ("<ruby>大<rt>おお</rt>阪<rt>さか</rt></ruby>", "大阪(おおさか)"),
        ("<ruby>大<rt>おお</rt></ruby><ruby>阪<rt>さか</rt></ruby>!", "大阪(おおさか)!"),
        ("<ruby>\n<rb>大</rb><rt>おお</rt>\n<rb>阪</rb><rt>さか</rt>\n</ruby>", "大阪(おおさか)"),
        ("<ruby>North<rt>kita</rt> pier<rt>hato</rt></ruby>", "North pier(kita hato)"),
        ("<ruby>大阪<rt></rt></ruby> <ruby>港<rt>みなと</rt></ruby>", "大阪 港(みなと)"),
        ("<ruby>港<rp>[</rp><rt>みなと</rt><rp>]</rp></ruby>", "港[みなと]"),
        ("<ruby>港<rt>みなと<ruby>大<rt>おお", "港(みなと大おお)"),
    ],
)
def test_readings_stand_in_parentheses_behind_their_words(page, text):
    assert read_page(f"<p>{page}</p>") == text


# --- notes --------------------------------------------------------------------------------------

NOTED = "<p>The quay<a id=r1 role=doc-noteref href='#n1'>1</a> is long.<p><ol><li id=n1>{}</ol>"


@pytest.mark.parametrize(
    ("note", "text"),
    [
        ("It took 10<sup>6</sup> stones.", "It took 10⁶ stones."),
        ("About <math><mfrac><mn>1</mn><mn>2</mn></mfrac></math> of it.", "About 1/2 of it."),
        ("Ost<b>ro</b> built <i>it</i>, H<sub>2</sub>O below.", "Ostro built it, H₂O below."),
        ("<ruby>港<rt>みなと</rt></ruby> <a href='#r1'>↩</a>", "港(みなと)"),
        ("<p>One.</p><p>Two<br>three.</p>", "One. Two three."),
        ("As said<sup><a role=doc-noteref href='#n1'>1</a></sup>.", "As said[1]."),
    ],
)
def test_note_keeps_its_numbers_and_words_whole(note, text):
    assert read_page(NOTED.format(note)) == f"The quay is long.\n\nNote: {text}"


def test_note_begins_without_its_mark_and_may_refer_to_another():
    page = (
        "<p>Long<sup id=r1><a role=doc-noteref href='#n1'>1</a></sup>.</p>"
        "<aside id=n1><a href='#r1'><sup>1</sup></a>See<sup><a role=doc-noteref href='#n2'>2</a>"
        "</sup>.</aside><aside id=n2 role=doc-footnote>Below.</aside>"
    )
    assert read_page(page) == "Long.\n\nNote: See[2].\n\nBelow."


@pytest.mark.parametrize(
    "link", ["<p>The quay{}.</p>\n", "The quay{}."], ids=["in paragraphs", "in one line"]
)
def test_many_notes_take_linear_time(link):
    def count_calls(count):
        calls = 0

        def count_call(frame, event, argument):
            nonlocal calls
            calls += event == "call"

        links = (
            link.format(f"<a role=doc-noteref href='#n{number}'>1</a>") for number in range(count)
        )
        notes = (f"<li id=n{number}>Long</li>\n" for number in range(count))
        soup = BeautifulSoup(f"<p>{''.join(links)}</p><ol>\n{''.join(notes)}</ol>", "lxml")
        sys.setprofile(count_call)
        try:
            place_notes(soup)
        finally:
            sys.setprofile(None)
        assert soup.get_text().count("Note: Long") == count
        return calls

    assert count_calls(800) < 4.5 * count_calls(200)


# --- blocks -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        *("address", "article", "blockquote", "center", "dd", "details", "dialog", "div", "dt"),
        *("fieldset", "figcaption", "figure", "form", "h3", "hgroup", "legend", "li", "main"),
        *("option", "p", "pre", "section", "summary"),
    ],
)
def test_blocks_end_a_line(name):
    for page in (
        f"<div>Before<{name}>Pier Street 4</{name}><{name}>Telephone 4417</{name}>After</div>",
        f"<div>Before<{name}><b>Pier Street 4</b></{name}>  <{name}>Telephone 4417</{name}>After",
    ):
        lines = [line.strip(" :->#`") for line in read_page(page).split("\n")]
        wanted = ["Before", "Pier Street 4", "Telephone 4417", "After"]
        assert [line for line in lines if line] == wanted


@pytest.mark.parametrize("between", ["<hr>", "<br>", "<p></p>", "<div></div>", "<nav>x</nav>"])
def test_break_without_text_ends_a_line(between):
    lines = read_page(f"<div>Pier Street 4{between}Telephone 4417</div>").split("\n")
    assert [line for line in lines if line] == ["Pier Street 4", "Telephone 4417"]


def test_breaks_between_paragraphs_add_no_lines():
    page = "<div><p>One.</p>\n<hr>\n<div> </div>\n<h2></h2>\n<p>Two.</p><nav>x</nav></div>"
    assert read_page(page) == "One.\n\nTwo."


def test_span_that_is_laid_out_as_a_block_ends_a_line():
    page = "<p><span style='display: block'>Pier Street 4</span><span>Telephone</span></p>"
    assert read_page(page) == "Pier Street 4\n\nTelephone"


def test_texts_of_a_drawing_are_apart():
    page = "<svg><text>Quay</text><text>12 <tspan>m</tspan></text></svg>"
    assert read_page(page) == "Quay\n\n12 m"


def test_words_of_a_line_stay_in_it():
    page = "<p>The <label>pier</label> is <abbr>No.</abbr>4<q>b</q>, <button>Go</button>there.</p>"
    assert read_page(page) == 'The pier is No.4"b", Go there.'


@pytest.mark.parametrize("name", ["article", "main", "section", "blockquote", "figure"])
def test_headers_footers_and_sidebars_of_a_part_belong_to_it(name):
    parts = "<header>The quay</header><aside>Built in 1764.</aside><footer>Aage Holt</footer>"
    lines = read_page(f"<header>Menu</header><{name}>{parts}</{name}><footer>Imprint</footer>")
    assert [line.strip("> ") for line in lines.split("\n") if line.strip("> ")] == [
        "The quay",
        "Built in 1764.",
        "Aage Holt",
    ]


def test_cell_keeps_its_footer():
    page = "<table><tr><th>Who<th>What<tr><td>Holt<td>Roof<footer>of 1902</footer></table>"
    assert "| Holt | Roof of 1902 |" in read_page(page)


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("Area <span style='display: none'>7005709037</span>709,037", "Area 709,037"),
        ("<style>.key{display:none}</style>Area <b class=key>7005</b>709", "Area 709"),
        ("Total <span hidden>9<i hidden>8</i></span>12", "Total 12"),
        ("Total <span hidden=until-found>9 of </span>12", "Total 9 of 12"),
        ("Total <span aria-hidden=true>9 of </span>12", "Total 9 of 12"),
        ("<span style='display: none'><math><mi>x</mi></math></span><img src=x.png> m", "x m"),
        ("Open:<div hidden>from 7</div><details>to 19</details>", "Open:\n\nfrom 7\n\nto 19"),
    ],
)
def test_hidden_words_of_a_line_are_left_out(page, text):
    assert read_page(f"<div>{page}</div>") == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("The har<span epub:type='pagebreak'>12</span>bour", "The harbour"),
        ("The har<a role='doc-pagebreak' id=p12>12</a>bour", "The harbour"),
        ("<img src=t.png alt=T>he harbour", "The harbour"),
        ("<span class=drop><img src=t.png alt=T></span>he harbour", "The harbour"),
        ("<img src=x.png alt=x> The harbour", "The harbour"),
        ("<img src=7.png alt=7>The harbour", "The harbour"),
        ("<img src=map.png alt=Map>The harbour", "The harbour"),
    ],
)
def test_words_are_whole_at_page_numbers_and_drawn_letters(page, text):
    assert read_page(f"<p>{page}</p>") == text
    note = f"<p>Quay<a role=doc-noteref href='#n'>1</a></p><aside id=n>{page}</aside>"
    assert read_page(note) == f"Quay\n\nNote: {text}"


# --- fields of forms ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("<input value='Ruth  Amsel'>", "Ruth Amsel"),
        ("<input type=DATE value=2025-04-09>", "2025-04-09"),
        ("<input>", ""),
        *(
            (f"<input type={kind} value=7>", "")
            for kind in ("hidden", "password", "range", "color")
        ),
        *((f"<input type={kind} value=7>", "") for kind in ("file", "image")),
        ("<input type=submit value=Send>", "Send"),
        ("<input type=checkbox value=7 checked>", "☒"),
        ("<input type=radio value=7>", "☐"),
        ("<select><option>East<option selected value=7>West</select>", "West"),
        ("<select><option disabled>Choose<option>East<option>West</select>", "East"),
        ("<select><optgroup label=a><option label=East>E</select>", "East"),
        (
            "<select multiple><option selected>East<option selected>West<option>South</select>",
            "East, West",
        ),
        ("<select></select>", ""),
        ("<input list=l value=East><datalist id=l><option>East<option>West</datalist>", "East"),
    ],
)
def test_field_shows_its_value_beside_its_label(field, text):
    wanted = " ".join(["Quay", *text.split(), "of the port"])
    assert read_page(f"<p><label>Quay {field}</label> of the port</p>").replace("  ", " ") == wanted
    wanted = " ".join(["Quay", *text.split()])
    page = f"<table><tr><th>a<th>b<tr><td>c<td><ul><li>Quay {field}</ul></table>"
    assert f"| c | {wanted} |" in read_page(page)


def test_boxes_are_set_apart_from_their_labels():
    page = "<p><input type=checkbox checked>Tar<input type=checkbox>Salt</p>"
    assert read_page(page) == "☒ Tar ☐ Salt"


def test_options_of_a_list_without_a_choice_stay():
    page = "<select multiple><option>East<option>West</select>"
    assert read_page(page).split() == ["East", "West"]


# --- numbers of lists ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "labels"),
    [
        ("<ol start=4><li>a<li>b</ol>", "4. 5."),
        ("<ol><li>a<li value=7>b<li>c</ol>", "1. 7. 8."),
        ("<ol reversed><li>a<li>b<li>c</ol>", "3. 2. 1."),
        ("<ol reversed start=10><li>a<li>b</ol>", "10. 9."),
        ("<ol start=-1><li>a<li>b</ol>", "-1. 0."),
        ("<ol type=a start=26><li>a<li>b</ol>", "z. aa."),
        ("<ol type=A><li>a<li type=I>b</ol>", "A. II."),
        ("<ol type=i><li>a<li value=14>b</ol>", "i. xiv."),
        ("<ol style='list-style-type: lower-latin'><li>a<li>b</ol>", "a. b."),
        ("<ol style='color: red; list-style: upper-roman inside'><li>a</ol>", "I."),
        ("<ol start=x><li value=>a<li value='3rd'>b</ol>", "1. 3."),
        (f"<ol start={'9' * 9000}><li>a</ol>", "1."),
        ("<ol type=a start=0><li>a</ol>", "0."),
        ("<menu><li>a<li>b</menu>", "- -"),
        ("<ol style='list-style: none'><li>a<li style='list-style: upper-roman'>b</ol>", "- II."),
    ],
)
def test_items_have_the_numbers_that_a_browser_shows(page, labels):
    assert " ".join(line.split()[0] for line in read_page(page).split("\n")) == labels


def test_lines_of_an_item_are_indented_by_its_number():
    page = "<ol start=12><li><p>Load.</p><ul><li>salt</ul><p>Sail.</p><li>Rest.</ol>"
    assert read_page(page) == "12. Load.\n\n    - salt\n\n    Sail.\n13. Rest."


# --- characters ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iso-8859-1", "latin1", "us-ascii", "windows-1252", "ISO_8859-1"])
@pytest.mark.parametrize("head", ["<meta charset='{}'>", "<?xml version='1.0' encoding='{}'?>"])
def test_western_encodings_are_read_as_windows_1252(name, head):
    page = f"{head.format(name)}<p>\u201c€\xa01,450\u201d \u2013 it\u2019s…"
    assert read_page(page.encode("cp1252")) == "\u201c€\xa01,450\u201d \u2013 it\u2019s…"


def test_japanese_in_seven_bits_is_read():
    page = "<meta charset=iso-2022-jp><p>日本語の文".encode("iso-2022-jp")
    assert read_page(page) == "日本語の文"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-32-le"])
@pytest.mark.parametrize("head", ["", "<meta charset=utf-16>", '<meta charset="utf-8">'])
def test_utf_16_without_a_byte_order_mark_is_read(codec, head):
    page = f"<html><head>{head}</head><body><p>Причал 5 € 港</p></body></html>"
    assert read_page(page.encode(codec)) == "Причал 5 € 港"


def test_page_with_stray_zero_bytes_is_binary():
    assert refusal("a.html", b"<p>The pier\0 is closed.</p>") == "the file is binary, not text"


def test_page_without_control_characters():
    page = b"<meta charset=latin1><title>\x80 5</title><p>&#128; 1,450 \x96 \x8d &#x93;x\x94"
    found = extract(Path("a.html"), page)
    assert (found.title, found.text) == ("€ 5", "€ 1,450 \u2013 \u201cx\u201d\n")
    assert read_page("<p>\x80 1,450 \x96 x") == "€ 1,450 \u2013 x"


@pytest.mark.parametrize(
    ("name", "codec"),
    [("gb2312", "gbk"), ("shift_jis", "cp932"), ("iso-8859-9", "cp1254"), ("nonsense", "cp1252")],
)
def test_names_of_encodings_mean_the_larger_ones(name, codec):
    words = {"gbk": "鎔是中国", "cp932": "東京①", "cp1254": "şğ€", "cp1252": FRENCH}[codec]
    page = f"<meta charset={name}><p>{words}".encode(codec)
    assert read_page(page) == words


@pytest.mark.parametrize(
    "mark",
    ["&shy;", "&#173;", "&#xAD;", "\u00ad", "<wbr>", "<wbr/>", "&#8203;", "\u200b"],
)
def test_words_are_whole_at_possible_breaks(mark):
    page = f"<title>re{mark}fri</title><p>The re{mark}frig<b>er{mark}</b>ator."
    found = extract(Path("a.html"), page.encode())
    assert (found.title, found.text) == ("refri", "The refrigerator.\n")


def test_joiners_that_change_letters_stay():
    assert read_page("<p>नि\u200cत 👩\u200d🔧") == "नि\u200cत 👩\u200d🔧"


# --- tables -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("<ul><li>hose<li>sand</ul>", "hose; sand"),
        (
            "<p>Two:</p><ol start=3><li><p>hose</p><li>sand.<li>axe</ol>",
            "Two: 3. hose; 4. sand. 5. axe",
        ),
        ("<h3>Fire</h3><p>Call <b>112</b>.</p><p>Leave.</p>", "Fire; Call 112. Leave."),
        ("<table><tr><td>a<td>1<tr><td>b<td>2</table>", "a, 1; b, 2"),
        ("<dl><dt>hose<dd>red</dl>", "hose; red"),
        ("<p>hose</p><p>sand</p>", "hose sand"),
        ("<ul><li>big<ul><li>hose</ul><li>x | y</ul>", "big; hose; x \\| y"),
    ],
)
@pytest.mark.parametrize("name", ["th", "td"])
def test_table_with_blocks_in_a_cell_stays_a_table(cell, line, name):
    page = (
        f"<table><tr><{name}>Risk</{name}><{name}>Measures</{name}><{name}>Owner</{name}></tr>"
        f"<tr><td>fire</td><td>{cell}</td><td>Ilse</td></tr>"
        "<tr><td>storm</td><td>ropes</td><td>Tomas</td></tr></table>"
    )
    assert read_page(page) == (
        f"| Risk | Measures | Owner |\n| --- | --- | --- |\n| fire | {line} | Ilse |\n"
        "| storm | ropes | Tomas |"
    )


@pytest.mark.parametrize(
    "page",
    [
        "<table><tr><td><ul><li>Home</ul></td><td><h1>Harbour</h1><p>It is open.</td></tr></table>",
        "<table><tr><td><h3>One</h3>a</td><td><h3>Two</h3>b</td></tr>"
        "<tr><td><h3>Three</h3>c</td><td><h3>Four</h3>d</td></tr></table>",
        "<table role=presentation><tr><td>a<td><ul><li>b</ul><tr><td>c<td>d</table>",
    ],
)
def test_layout_is_no_table(page):
    assert "|" not in read_page(page)


@pytest.mark.parametrize(
    "page",
    [
        "<caption>Ships</caption><colgroup><col></colgroup><tr><td>a<td>b<tr><td>c<td>d",
        "<caption>Ships</caption><tbody><tr><td>a<td>b<tbody><tr><td>c<td>d",
        "<caption>Ships</caption><thead><tr><th>a<th>b</thead>\n<tbody><tr><td>c<td>d</tbody>",
    ],
)
def test_table_has_one_header_below_its_caption(page):
    assert read_page(f"<table>{page}</table>") == "Ships\n\n| a | b |\n| --- | --- |\n| c | d |"


def test_footer_of_a_table_stands_last_and_its_header_first():
    foot, body = "<tfoot><tr><td>Sum<td>9</tfoot>", "<tbody><tr><td>Oslo<td>9</tbody>"
    head = "<thead><tr><th>Port<th>Days</thead>"
    text = "| Port | Days |\n| --- | --- |\n| Oslo | 9 |\n| Sum | 9 |"
    for page in (head + foot + body, foot + body + head, body + head + foot):
        assert read_page(f"<table>{page}</table>") == text


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        ("<tr><th>Born<td>1950<tr><th>Died<td>1990", "| | |\n| --- | --- |\n| Born | 1950 |"),
        (
            "<tr><th colspan=2>Ada</th></tr><tr><th>Born<td>1950<tr><th>Died<td>1990",
            "Ada\n\n| | |\n| --- | --- |\n| Born | 1950 |",
        ),
        # The corner of a table is empty, or the first row names the columns.
        ("<tr><th><td>2024<tr><th>Oslo<td>9", "| | 2024 |\n| --- | --- |\n| Oslo | 9 |"),
        ("<tr><th>Port<th>Days<tr><th>Oslo<td>9", "| Port | Days |\n| --- | --- |\n| Oslo | 9 |"),
    ],
)
def test_first_fact_below_names_of_rows_is_no_header(rows, text):
    assert read_page(f"<table>{rows}</table>").startswith(text)


@pytest.mark.parametrize("span", ["²", "x", "-1", ""])
def test_cell_that_spans_no_number_of_columns_is_one(span):
    page = f"<table><tr><td colspan='{span}'>Port<td>Days<tr><td>Oslo<td>9</table>"
    assert read_page(page) == "| Port | Days |\n| --- | --- |\n| Oslo | 9 |"


SHEET = (
    "<style>.row { display: -webkit-flex; display: flex } .label, .value { display: block }"
    " .pill { display: inline-block; padding: 2px } .first { float: left; display: block }"
    " @media (max-width: 40em) { .word { display: block } }"
    " @supports (display: grid) { .cells { display: grid } }</style>"
)


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (
            "<div class=row><span>Pier Street 4</span><b>Tel. 4417</b></div>",
            "Pier Street 4 Tel. 4417",
        ),
        ("<div style='display:flex'>Fee<span>320</span> kr</div>", "Fee 320 kr"),
        ("<div class=cells><i>Crane</i><i>45</i></div>", "Crane 45"),
        ("<div><span class=label>Fee</span><span class=value>320</span></div>", "Fee\n\n320"),
        ("<p><span class=pill>12 m</span><span class=pill>4.5 t</span></p>", "12 m 4.5 t"),
        ("<p><span class=pill>Har</span>bour</p>", "Harbour"),
        ("<p><span class=first>T</span>he quay</p>", "The quay"),
        ("<p>Har<span class=word>bour</span></p>", "Harbour"),
    ],
)
def test_boxes_of_a_style_sheet_are_set_apart(page, text):
    assert read_page(SHEET + page) == text


def test_header_with_the_heading_of_the_page_is_read_and_other_surroundings_are_named():
    page = (
        "<header><h1>Tariff</h1><p>Valid from 1 May.</p><nav>Menu</nav></header><main>Fee: 9</main>"
        "<aside>Open from 7 to 19.</aside><footer><a href=/>Home of the harbour</a></footer>"
    )
    read = extract(Path("a.html"), page.encode())
    assert read.text == "# Tariff\n\nValid from 1 May.\n\nFee: 9\n"
    assert read.note == "not read: side column of the page"


def test_header_with_a_linked_name_of_the_site_is_not_read():
    read = extract(Path("a.html"), b"<header><h1><a href=/>Port</a></h1></header><p>Fee: 9</p>")
    assert (read.text, read.note) == ("Fee: 9\n", "")


@pytest.mark.parametrize(
    ("rows", "text"),
    [
        (
            "<tr><td colspan=2>Dues of 2025<tr><td>Ship<td>Fee<tr><td>Ida<td>7",
            "Dues of 2025\n\n| Ship | Fee |\n| --- | --- |\n| Ida | 7 |",
        ),
        (
            "<tr><td>Ship<td>Fee<tr><td colspan=2>Berth 4<tr><td>Ida<td>7",
            "| Ship | Fee |\n| --- | --- |\n| Berth 4 | |\n| Ida | 7 |",
        ),
        (
            "<tr><th colspan=2>Berth 4</th></tr><tr><td>Ida<td>7",
            "| Berth 4 | |\n| --- | --- |\n| Ida | 7 |",
        ),
    ],
)
def test_title_that_spans_a_table_stands_above_its_header(rows, text):
    assert read_page(f"<table>{rows}</table>") == text


def test_rows_of_a_header_are_one_row():
    head = (
        "<tr><th rowspan=2>Weir<th colspan=2>2024<th colspan=2>2025</tr>\n"
        "<tr><th>t<th>ha<th>t<th>ha</tr>"
    )
    row = "<tr><td>Lune<td>6<td>12<td>7<td>13</tr>"
    text = (
        "| Weir | 2024 t | 2024 ha | 2025 t | 2025 ha |\n| --- | --- | --- | --- | --- |\n"
        "| Lune | 6 | 12 | 7 | 13 |"
    )
    assert read_page(f"<table><thead>{head}</thead>\n<tbody>{row}</tbody></table>") == text
    assert read_page(f"<table>{head}{row}</table>") == text


def test_row_of_one_name_within_a_table_is_no_header_of_its_columns():
    head = "<tr><th>Ship<th>Fee</tr><tr><th colspan=2>Berth 4</th></tr>"
    text = "| Ship | Fee |\n| --- | --- |\n| Berth 4 | |\n| Ida | 7 |"
    assert read_page(f"<table>{head}<tr><td>Ida<td>7</table>") == text
