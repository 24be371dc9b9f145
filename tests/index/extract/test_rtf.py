"""Rich text: raised and lowered text, characters in every encoding, numbers of lists."""

import unicodedata
from pathlib import Path

import pytest

from index.errors import UnreadableFile
from index.extract.document import extract


def read(rtf):
    return extract(Path("a.rtf"), rb"{\rtf1\ansi" + rtf + rb"\par}").text


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb" 10{\super 6} cells", "10⁶ cells\n"),
        (rb" 10\super 6\nosupersub  cells", "10⁶ cells\n"),
        (rb" 10\up6 6\up0  cells", "10⁶ cells\n"),
        (rb" 10\super -\super 6\plain  cells", "10⁻⁶ cells\n"),
        (rb" 10{\super\u8722?6} and 2{\super 1}{\super 0}", "10⁻⁶ and 2¹⁰\n"),
        (rb" H{\sub 2}O and H{\dn4 2}O", "H₂O and H₂O\n"),
        (rb" 5\super0 6 and 5\b 6", "56 and 56\n"),
        (rb"\trowd\intbl a | b\cell c\cell\row\pard", "| a \\| b | c |\n| --- | --- |\n"),
        (rb"\trowd\intbl 10{\super 6}\cell b\cell\row\pard", "| 10⁶ | b |\n| --- | --- |\n"),
    ],
)
def test_raised_and_lowered_text(rtf, text):
    assert read(rtf) == text


def test_mark_of_a_note_is_no_exponent():
    rtf = rb" In 1905{\super\chftn{\footnote\pard {\super\chftn} Or 10{\super 3} days.}} it sank."
    assert read(rtf) == "In 1905 it sank.\n\nNote: Or 10³ days.\n"


FONTS = (
    rb"{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}{\f2\fcharset177 C;}"
    rb"{\f3\fcharset128 D;}{\f4\cpg1253 E;}}"
)


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb" 5 \'80 \'96 6", "5 € – 6\n"),
        (b" 5 \x80 \x96 6", "5 € – 6\n"),
        (rb" 5 \u128?\u150?\u133?6", "5 €–…6\n"),
        (b"\\ansicpg1251 \xcf\xf0\\'e8", "При\n"),
        (FONTS + rb"\f1 \'cf\'f0\'e8", "При\n"),
        (FONTS + rb"\deff1 \'cf\'f0\'e8 {\f0 \'e9}\plain\'cf", "При éП\n"),
        (FONTS + rb"\deff9 \'e9", "é\n"),
        (FONTS + rb"\f3 \'83A\'83\'43", "アイ\n"),
        (FONTS + rb"\f4 \'e1", "\u03b1\n"),
        (rb"\ansicpg28591 \'96", "–\n"),
        (b"\\ansicpg932 \\'93\n\\'fa\\'96\r\n\\'7b", "日本\n"),
        (rb"{\fonttbl{\f3\fcharset2 Symbol;}} 5 {\f3 m}g {\f3 \'b3} 3", "5 μg ≥ 3\n"),
        (b" a\x01\x0bb\x7f", "ab\n"),
        (rb" a\'01b\u7?", "ab\n"),
    ],
)
def test_characters_of_every_encoding(rtf, text):
    assert read(rtf) == text


@pytest.mark.parametrize("codepage", [437, 850, 874, 932, 936, 949, 950, *range(1250, 1259)])
def test_no_byte_becomes_a_control_character(codepage):
    every = b"".join(b"\\'%02x " % code for code in range(1, 256))
    text = read(b"\\ansicpg%d a" % codepage + every)
    controls = {char for char in text if unicodedata.category(char) == "Cc"}
    assert controls <= set("\n\t")


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb" \u233?s", "és\n"),
        (rb"\uc0 \u233 s", "és\n"),
        (rb"\uc2 \u26481\'93\'8cs", "東s\n"),
        (rb"\uc3 \u26481 ???s", "東s\n"),
        (rb"{\uc0 \u233 s}\u233?s", "ésés\n"),
        (rb" \u8217\rquote s", "’s\n"),
        (rb" \u8209\_s", "\u2011s\n"),
        (rb" \u233{\b s}", "és\n"),
        (rb" {\u233}s", "és\n"),
        (rb" \u20013\u25991?", "中文\n"),
        (rb" \u128512?!", "😀!\n"),
        (rb" \u-10179?\u-8704?!", "😀!\n"),
    ],
)
def test_fallback_of_a_character_is_skipped(rtf, text):
    assert read(rtf) == text


@pytest.mark.parametrize(
    "run",
    [
        rb"{\ltrch\fcs1 \af0 \rtlch\fcs0 \f2 \'f9\'ec\'e5\'ed}",
        rb"{\ltrch\fcs0 \f0 \rtlch\fcs1 \af2 \'f9\'ec\'e5\'ed}",
        rb"{\rtlch\fcs1 \af0 \ltrch\fcs0 \f2 \'f9\'ec\'e5\'ed}",
        rb"{\rtlch \u1513?\u1500?\u1493?\u1501?}",
    ],
)
def test_text_from_right_to_left(run):
    assert read(FONTS + rb"\rtlpar\qr " + run + rb"\f0  caf\'e9") == "שלום café\n"


def test_joiners_stay():
    assert read(rb" \u1605?\u1740?\zwnj \u1582?") == "\u0645\u06cc\u200c\u062e\n"


def mark(label, words, level=0):
    return rf"{{\listtext {label}\tab}}\ilvl{level} {words}\par\pard".encode()


@pytest.mark.parametrize(
    ("marks", "text"),
    [
        (["1. a", "2. b", "5. c", "6. d"], "1. a\n2. b\n\n5. c\n6. d\n"),
        (["3. a", "4. b"], "3. a\n4. b\n"),
        (["1. a", "1. b"], "1. a\n\n1. b\n"),
        (["a) a", "b) b"], "a) a\n\nb) b\n"),
        (["1.1 a", "(iv) b"], "1.1 a\n\n(iv) b\n"),
    ],
)
def test_numbers_of_lists_are_as_written(marks, text):
    assert read(b"".join(mark(*item.split()) for item in marks)) == text


def test_numbers_of_lists_go_on_after_other_text():
    rtf = mark("1.", "a") + mark("2.", "b") + rb" Then:\par\pard" + mark("3.", "c")
    assert read(rtf) == "1. a\n2. b\n\nThen:\n\n3. c\n"


def test_inner_numbers_begin_again():
    items = [("1.", "a", 0), ("1.", "x", 1), ("2.", "y", 1), ("2.", "b", 0), ("1.", "z", 1)]
    rtf = b"".join(mark(*item) for item in items)
    assert read(rtf) == "1. a\n   1. x\n   2. y\n2. b\n   1. z\n"


# --- headers, footers, comments, readings -------------------------------------------------------


def field(instruction, words=b""):
    return rb"{\field{\*\fldinst { " + instruction + rb" }}{\fldrslt {" + words + rb"}}}"


PAGE = field(b"PAGE", b"3")
PAGES = field(b"NUMPAGES", b"7")


def test_what_stands_only_in_headers_and_footers_is_kept_once():
    header = rb"{\header\pard\plain\s7 Invoice 10{\super 6}\par The  title\par}"
    footer = rb"{\footer Invoice 10{\super 6}\par\intbl Bank\cell Ostro Savings\cell\row\pard}"
    styles = rb"{\stylesheet{\s1 heading 1;}}"
    body = styles + rb"\pard\s1 " + header + footer + rb"The title\par\pard " + footer + b"More."
    assert read(body) == "# The title\n\nMore.\n\nInvoice 10⁶\n\nBank Ostro Savings\n"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (rb"Lease of the pier\tab Page " + PAGE + b" of " + PAGES, "\nLease of the pier\n"),
        (rb"- \chpgn  -", ""),
        (b"Invoice 2041 - " + PAGE, "\nInvoice 2041 -\n"),
    ],
)
def test_page_numbers_are_no_text(line, kept):
    assert read(rb"{\footer " + line + rb"\par} Body.\par") == f"Body.\n{kept}"


def test_number_of_a_page_in_a_sentence_stays():
    assert read(b" See page " + PAGE + b".") == "See page 3.\n"


def test_headers_that_no_page_shows_are_left_out():
    headers = rb"{\headerf First\par}{\headerl Left\par}{\*\pgdsctbl{\header Unused\par}}"
    assert read(headers + rb" Body.\par") == "Body.\n"
    assert read(rb"\facingp\sectd" + headers + rb"\titlepg Body.\par") == (
        "Body.\n\nFirst\n\nLeft\n"
    )


def test_comments_follow_their_paragraph_with_their_author():
    comment = (
        rb"{\*\atnid AK}{\*\atnauthor Ada Krol}\chatn"
        rb"{\*\annotation{\*\atnref 0}{\*\atndate 12}\pard\plain {\listtext *\tab}Too\par low?}"
    )
    rtf = rb" Rent" + comment + rb" is 30.{\*\annotation Yes.}\par Next."
    assert read(rtf) == (
        "Rent is 30.\n\nNote: comment by Ada Krol: * Too low?\n\nNote: comment: Yes.\n\nNext.\n"
    )


@pytest.mark.parametrize(
    "instruction",
    [
        rb'EQ \\* jc3 \\* "Font:Arial" \\* hps12 \\o\\al(\\s\\up 10(\u12363?\u12397?),\u37912?)',
        rb"eq \\o \\ad(\\s\\up(\u12363?\u12397?);\u37912?)",
    ],
)
def test_reading_of_a_word_follows_it_in_brackets(instruction):
    assert read(b" at " + field(instruction) + b" three") == "at 鐘(かね) three\n"


@pytest.mark.parametrize(
    ("instruction", "result", "text"),
    [
        (rb'SYMBOL 109 \\f "Symbol" \\s 12', rb"\f3\fs24", "5 μg.\n"),
        (rb"symbol 61549 \\h \\f Symbol", rb"\f3 m", "5 μg.\n"),
        (rb'SYMBOL 109 \\f "Harbour Signs"', b"m", "5 mg.\n"),
        (rb'SYMBOL 1 \\f "Symbol"', b"m", "5 mg.\n"),
    ],
)
def test_symbol_of_a_field_is_read_once(instruction, result, text):
    fonts = rb"{\fonttbl{\f3\fcharset2 Symbol;}}"
    assert read(fonts + b" 5 " + field(instruction, result) + b"g.") == text
    note = rb" Dose.{\footnote 5 " + field(instruction, result) + b"g.}"
    assert read(fonts + note) == f"Dose.\n\nNote: {text}"


def test_other_instructions_are_no_text():
    assert read(b" a" + field(b"HYPERLINK x(y)", b"b") + field(rb"EQ \\f(")) == "ab\n"


# --- tables -------------------------------------------------------------------------------------


def row(cells, edges=(), left=None):
    start = b"" if left is None else b"\\trleft%d" % left
    drawn = b"".join(b"\\cellx%d" % edge for edge in edges)
    written = b"".join(b"\\intbl " + cell + b"\\cell" for cell in cells)
    return b"\\trowd" + start + drawn + b"\\pard" + written + b"\\row\\pard"


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        (
            [row([b"Bell", b"Hours"], (1000, 3000)), row([b"a", b"b", b"c"], (1000, 2000, 3020))],
            ["| Bell | Hours | |", "| a | b | c |"],
        ),
        (
            [row([b"a", b"b", b"c"], (900, 1900, 2900), -100), row([b"d"], (2920,), 1880)],
            ["| a | b | c |", "| | | d |"],
        ),
        ([row([b"a", b"b"]), row([b"c", b"d"], (100,))], ["| a | b |", "| c | d |"]),
        (
            [row([b"a", b"b"], (3000, 1000)), row([b"c", b"d"], (-5, 10**9))],
            ["| a | b |", "| c | d |"],
        ),
    ],
)
def test_cells_stay_in_their_columns(rows, lines):
    found = read(b"".join(rows)).strip().split("\n")
    assert [found[0], *found[2:]] == lines


def test_lines_of_a_cell_keep_their_marks():
    cell = rb"{\listtext \u61623?\tab}Hose\par{\listtext 2.\tab}Sand\par Axe"
    assert read(row([b"Fire", cell])) == "| Fire | • Hose 2. Sand Axe |\n| --- | --- |\n"


def test_table_in_a_cell_stays_in_it():
    inner = rb"\itap2 Gas\nestcell 12 kW\nestcell{\*\nesttableprops\trowd\cellx1\nestrow}"
    inner += rb"{\nonesttables\par}"
    assert read(row([b"Burner", inner + inner, b"new"])) == (
        "| Burner | Gas 12 kW Gas 12 kW | new |\n| --- | --- | --- |\n"
    )


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (
            rb"\trowd\cellx900\cellx1800\intbl Fee\cell 320\cell\pard Paid",
            "| Fee | 320 |\n| --- | --- |\n\nPaid\n",
        ),
        (
            rb" One\par{\*\do\dobxcolumn{\dptxbx{\dptxbxtext\pard Box 5\par}}}Two",
            "One\n\nTwo\n\nBox 5\n",
        ),
        (
            rb"{\shp{\*\shpinst{\shptxt Box 5\par}}{\shprslt{\*\do{\dptxbxtext Box 5\par}}}}Two",
            "Two\n\nBox 5\n",
        ),
        (
            rb"\trowd\cellx900\cellx1800\intbl A\cell B\cell\row After\par The fee\par",
            "| A | B |\n| --- | --- |\n\nAfter\n\nThe fee\n",
        ),
        (rb" Berth 3\column Berth 4", "Berth 3\n\nBerth 4\n"),
    ],
)
def test_row_without_end_text_box_and_column_are_read(rtf, text):
    assert read(rtf) == text


CUT = "the closing braces at its end are missing, and so may be its last paragraphs"


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (b"The quay is closed.", "The quay is closed.\n"),
        (rb"{\b The quay is closed.", "The quay is closed.\n"),
        (rb"{\b The quay}\par" + b"\r\n\0", "The quay\n"),
        (rb"It weighs 3 cm{\super 3}\'85", "It weighs 3 cm³…\n"),
        (row([b"Fee", b"320"]), "| Fee | 320 |\n| --- | --- |\n"),
    ],
)
def test_rich_text_without_its_last_braces_is_read_with_a_note(rtf, text):
    found = extract(Path("a.rtf"), rb"{\rtf1\ansi " + rtf)
    assert (found.text, found.note) == (text, CUT)
    picture = extract(Path("a.rtf"), rb"{\rtf1\ansi {\pict 89}" + rtf)
    assert picture.note == f"{CUT}; not read: 1 picture"


@pytest.mark.parametrize(
    "rtf",
    [
        rb"{\fonttbl{\f0 A;}}",
        rb"Open.\par The qu",
        rb"{{\b The quay is closed.",
        rb"Open.\par{\pict 89",
        rb"Open.\par{\footnote At sea.",
        rb"\trowd\intbl Fee\cell ",
        rb"\trowd\intbl Fee.\par ",
    ],
)
def test_rich_text_that_ends_within_its_text_is_refused(rtf):
    with pytest.raises(UnreadableFile, match="the RTF document is damaged: its end is missing"):
        extract(Path("a.rtf"), rb"{\rtf1\ansi " + rtf)


def text_box(words):
    return rb"{\shp{\*\shpinst\shpleft0{\sp{\sn fBg}{\sv 1}}{\shptxt\pard\plain " + words + rb"}}}"


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (
            rb" The quay " + text_box(rb"Box 5\par Gate") + rb"is closed.\par More.",
            "The quay is closed.\n\nBox 5\n\nGate\n\nMore.\n",
        ),
        (
            rb"\pard\outlinelevel0 The " + text_box(mark("1.", "a") + mark("2.", "b")) + b"quay",
            "# The quay\n\n1. a\n2. b\n",
        ),
        (
            row([b"Fee " + text_box(rb"Box 5\par Gate\par") + b"due", b"320"]) + b" Paid",
            "| Fee due Box 5 Gate | 320 |\n| --- | --- |\n\nPaid\n",
        ),
        (
            b" Out " + text_box(row([b"a", b"b"]) + b" In" + text_box(b"Deep") + b"ner") + b"text",
            "Out text\n\n| a | b |\n| --- | --- |\n\nInner\n\nDeep\n",
        ),
        (
            b" Open" + text_box(rb"Box{\footnote At sea.} 5") + rb" daily{\footnote In May.}.",
            "Open daily.\n\nNote: In May.\n\nBox 5\n\nNote: At sea.\n",
        ),
    ],
)
def test_text_box_follows_its_paragraph(rtf, text):
    assert read(rtf) == text


def test_what_is_not_read_is_named():
    rtf = (
        rb"{\rtf1\ansi A {\mmath{\*\moMath{\mf{\mnum{\mr 1}}{\mden{\mr 2}}}}} cup {\object\objemb"
        rb"{\*\objdata 0105}{\result 7}} {\*\shppict{\pict 89}}{\nonshppict{\pict 89}}\par}"
    )
    assert extract(Path("a.rtf"), rtf).note == "not read: 1 embedded file, 1 formula, 1 picture"


def test_formulas_files_and_pictures_of_text_are_named():
    formula = rb"{\mmath{\*\moMath{\mr x}}{\mmathPict{\*\shppict{\pict 00}}}}"
    picture = rb"{\*\shppict{\pict 00}}{\nonshppict{\pict 00}}"
    embedded = rb"{\object{\*\objdata 00}{\result 7}}"
    parts = rb"Sum " + formula + formula + embedded + picture
    for words, pictures in ((b"", ", 1 picture"), (b" is open." * 20, "")):
        found = extract(Path("a.rtf"), rb"{\rtf1 " + parts + words + rb"\par}")
        assert found.note == f"not read: 1 embedded file, 2 formulas{pictures}"
        assert found.text.startswith("Sum")
