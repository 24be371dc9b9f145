"""Formulas of Word, written by hand in OMML, and of OpenDocument in MathML."""

import pytest

from index.extract.office.formula import formula_text
from index.extract.zip_container import parse_xml

OMML = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def r(words):
    return f"<m:r><m:t>{words}</m:t></m:r>"


def e(name, **parts):
    """An element of OMML with these parts, each of text or of further elements."""
    inside = "".join(
        f"<m:{part}>{words if words.startswith('<') else r(words)}</m:{part}>"
        for part, words in parts.items()
    )
    return f"<m:{name}>{inside}</m:{name}>"


def with_property(element, name, value):
    tag = element[3 : element.index(">")]
    properties = f'<m:{tag}Pr><m:{name} m:val="{value}"/></m:{tag}Pr>'
    return element.replace(f"<m:{tag}>", f"<m:{tag}>{properties}", 1)


def omml(content):
    return formula_text(parse_xml(f'<m:oMath xmlns:m="{OMML}">{content}</m:oMath>'.encode()))


SQUARE = e("sSup", e="x", sup="2")
HALF = e("f", num="1", den="2")


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (r("a=") + SQUARE, "a=x^2"),
        (SQUARE + r("y"), "x^2 y"),
        (r("2") + HALF + r("m"), "2 1/2 m"),
        (r("1") + r("2") + r("kg"), "12kg"),
        (e("sSup", e="10", sup="-6"), "10^-6"),
        (e("sSup", e="e", sup="n+1"), "e^(n+1)"),
        (e("sSup", e="f", sup="′"), "f′"),  # noqa: RUF001
        (r("4") + e("sSup", e="10", sup="6"), "4 10^6"),
        (e("sSubSup", e="x", sub="i", sup="2"), "x_i^2"),
        (e("f", num="a+b", den=SQUARE), "(a+b)/(x^2)"),
        (with_property(e("f", num="n", den="k"), "type", "noBar"), "(n k)"),
        (e("rad", deg="", e="x"), "√x"),
        (e("rad", deg="3", e="x+1"), "∛(x+1)"),
        (e("rad", deg="n", e="x"), "√[n]x"),
        (with_property(e("nary", sub="i=1", sup="n", e=SQUARE), "chr", "∑"), "∑_(i=1)^n x^2"),
        (e("nary", sub="0", sup="1", e="x dx"), "∫_0^1 x dx"),
        (e("d", e="a+b") + HALF, "(a+b) 1/2"),
        (with_property(e("d", e="x"), "begChr", "["), "[x)"),
        (e("func", fName="sin", e="x"), "sin x"),
        (e("func", fName=e("limLow", e="lim", lim="n→∞"), e="x"), "lim_(n→∞) x"),
        (e("acc", e="x"), "x\u0302"),
        (f"<m:m>{e('mr', e='a') + e('mr', e='b')}</m:m>", "a; b"),
        (e("eqArr", e="a=1"), "a=1"),
        (r("x ") + r("if") + r(" y"), "x if y"),
        (e("f"), "/"),
        ("", ""),
    ],
)
def test_formula_of_word_is_one_line(content, line):
    assert omml(content) == line


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("<mn>2</mn><mfrac><mn>1</mn><mn>2</mn></mfrac>", "2 1/2"),
        ('<mfrac linethickness="0"><mn>5</mn><mn>2</mn></mfrac>', "(5 2)"),
        ("<msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup>", "x_i^2"),
        ("<mroot><mi>x</mi><mn>3</mn></mroot>", "∛x"),
        ("<msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt>", "√(a+b)"),
        ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><mi>i</mi>", "∑_i^n i"),
        ("<mfenced><mi>a</mi><mi>b</mi></mfenced>", "(a,b)"),
        ("<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr></mtable>", "1, 2"),
        ("<msup><mn>10</mn><mrow><mo>-</mo><mn>3</mn></mrow></msup>", "10^-3"),
        ("<mi>a</mi><mo>&#x2062;</mo><mi>b</mi>", "ab"),
    ],
)
def test_formula_of_opendocument_is_one_line(content, line):
    assert formula_text(parse_xml(f"<math>{content}</math>".encode())) == line
