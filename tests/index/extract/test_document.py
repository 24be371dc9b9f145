"""Files are extracted to canonical text with a title and page starts, or refused with a reason."""

import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sources import FRENCH, pdf, refusal

from index.errors import UnreadableFile
from index.extract.document import SUFFIXES, extract, page_of
from index.text.canonical import MAX_TITLE_LENGTH, canonicalize, shorten

# --- plain text ---------------------------------------------------------------------------------


GERMAN = (
    "Grüße aus Köln, die Straße ist naß und schön. Äußerst überrascht öffnete der Bäcker die Tür "
    "und zählte die übrigen Brötchen. Für fünf Euro hätte er sie sämtlich verkauft."
)
POLISH = (
    "Zażółć gęślą jaźń. Książka leży na stole, a dziewczyna czyta ją każdego dnia wieczorem przy "
    "świetle lampy. Wszystkie dzieci śpią już od ósmej."
)
RUSSIAN = "Привет, как дела? Сегодня хорошая погода, и мы идём гулять в парк. Потом обедать."
QUOTES = "He said “no” — it’s typical of Windows files — and nothing else here is unusual at all."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_marked_and_utf8_text_is_decoded(encoding):
    found = extract(Path("a.txt"), "Straße in 東京 😀\n".encode(encoding))
    assert found.text == "Straße in 東京 😀\n"
    assert found.title == "Straße in 東京 😀"
    assert (found.media_type, found.page_starts) == ("text/plain", ())


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (FRENCH, "latin-1"),
        (GERMAN, "latin-1"),
        (QUOTES, "cp1252"),
        ("Le café coûte 5 €.", "cp1252"),
        (POLISH, "cp1250"),
        (RUSSIAN, "cp1251"),
        ("彼は昨日東京に行きました。天気はとても良かったです。", "shift_jis"),
    ],
)
def test_other_encodings_are_detected(text, encoding):
    assert extract(Path("a.txt"), text.encode(encoding)).text == text


def test_line_ends_become_newlines():
    assert extract(Path("a.txt"), b"one\r\ntwo\rthree\n\r\nfour").text == "one\ntwo\nthree\n\nfour"


def test_combining_accents_are_composed():
    found = extract(Path("a.txt"), "Cafe\u0301 A\u030angstro\u0308m".encode())
    assert found.text == found.title == "Café Ångström"
    assert len(found.text) == 13


@given(st.text())
def test_canonicalize_composes_and_is_idempotent(text):
    once = canonicalize(text)
    assert "\r" not in once
    assert unicodedata.is_normalized("NFC", once)
    assert canonicalize(once) == once


def test_title_is_the_first_line_with_a_letter_or_digit():
    assert (
        extract(Path("a.txt"), b"\n  ***\n---\n  Annual   report \nmore\n").title == "Annual report"
    )


def test_text_without_letters_has_no_title():
    assert extract(Path("a.txt"), b"*** !!! ***").title == ""


def test_long_title_is_cut_between_words():
    title = extract(Path("a.txt"), b"lengthy " * 30).title
    assert title == "lengthy " * 9 + "lengthy…"
    assert len(title) == MAX_TITLE_LENGTH == 80


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("A long road", 11, "A long road"),
        ("A long road", 10, "A long…"),
        ("A long, road", 9, "A long…"),
        ("Donaudampfschiff", 6, "Donau…"),
        ("第1章 港湾管理規則の改正について", 9, "第1章 港湾管理…"),
        ("e\u0301te\u0301", 3, "été"),
    ],
)
def test_shorten(text, length, expected):
    assert shorten(text, length) == expected


@given(st.text(), st.integers(2, 90))
def test_shortened_text_is_one_line_within_the_limit(text, length):
    line = shorten(text, length)
    assert len(line) <= length
    assert "\n" not in line


# --- Markdown -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# Annual report\n\ntext\n", "Annual report"),
        ("An opening.\n\n## Costs ##\n\n# Later\n", "Costs"),
        ("No heading.\n#hashtag\n", "No heading."),
    ],
)
def test_markdown_title_is_its_first_heading(text, title):
    found = extract(Path("a.md"), text.encode())
    assert (found.title, found.text, found.media_type) == (title, text, "text/markdown")


# --- HTML ---------------------------------------------------------------------------------------


PAGE = """<!DOCTYPE html>
<html><head><title>Ship
  news</title><style>p { color: red }</style></head>
<body>
<header><p>Menu of the site</p></header>
<nav><a href="/">Home</a></nav>
<script>var secret = 1;</script>
<!-- a remark -->
<article>
<header><h1>The ship</h1><nav>Share this</nav></header>
<p>It <b>sailed</b> to <a href="x">Oslo</a> on 1 * 2 _May_.</p>
<ul><li>bread</li><li>water</li></ul>
<table><tr><th>Port</th><th>Days</th></tr><tr><td>Oslo</td><td>3</td></tr></table>
<noscript>Switch it on</noscript>
</article>
<aside>Related news</aside>
<footer>All rights reserved</footer>
</body></html>
"""


def test_html_keeps_the_content_and_drops_the_rest():
    found = extract(Path("a.html"), PAGE.encode())
    assert found.title == "Ship news"
    assert found.media_type == "text/html"
    assert found.text == (
        "# The ship\n\n"
        "It sailed to Oslo on 1 * 2 _May_.\n\n"
        "- bread\n- water\n\n"
        "| Port | Days |\n| --- | --- |\n| Oslo | 3 |\n"
    )


def test_html_without_a_title_is_named_by_its_first_line():
    found = extract(Path("a.htm"), b"<h2>Costs</h2><p>They rose.</p>")
    assert (found.title, found.text) == ("Costs", "## Costs\n\nThey rose.\n")


@pytest.mark.parametrize("name", ["a.html", "a.md", "a.txt"])
def test_row_of_a_table_is_no_title(name):
    row = "| Ship | Dues |\n| --- | --- |\n| Fram | 402 |\n"
    page = "<table><tr><th>Ship<th>Dues<tr><td>Fram<td>402</table>"
    found = extract(Path(name), (page if name == "a.html" else row).encode())
    assert (found.title, found.text) == ("", row)


def test_html_that_leaves_out_the_end_of_its_head_keeps_its_body():
    found = extract(Path("a.html"), b"<html><head><title>T</title><body><p>Hello.</body></html>")
    assert (found.title, found.text) == ("T", "Hello.\n")


def test_xhtml_declaration_is_not_text():
    page = b'<?xml version="1.0" encoding="UTF-8"?><html><body><p>Hello.</p></body></html>'
    assert extract(Path("a.xhtml"), page).text == "Hello.\n"


@pytest.mark.parametrize("text", ["notes.txt", "http://example.org/", "<?xml version='1.0'?><p>a"])
def test_text_that_is_barely_html_is_read_without_a_warning(text):
    assert extract(Path("a.html"), text.encode()).text.strip() == text.rpartition("<p>")[2]


@pytest.mark.parametrize(
    "data",
    [
        "<p>Smørrebrød</p>".encode(),
        "<p>Smørrebrød</p>".encode("utf-8-sig"),
        "<p>Smørrebrød</p>".encode("utf-16"),
        "<meta charset='iso-8859-1'><p>Smørrebrød</p>".encode("latin-1"),
        b"<p>Sm&oslash;rrebr&#xf8;d</p>",
    ],
)
def test_html_encodings(data):
    assert extract(Path("a.html"), data).text == "Smørrebrød\n"


def test_html_text_and_title_are_composed():
    found = extract(Path("a.html"), "<title>e\u0301te\u0301</title><p>Cafe\u0301".encode())
    assert (found.title, found.text) == ("été", "Café\n")


# --- PDF ----------------------------------------------------------------------------------------


def test_pdf_pages_begin_where_page_starts_say():
    found = extract(Path("a.pdf"), pdf(["First page.\nSecond line.", "", "Third page."]))
    assert found.text == "First page.\nSecond line.\n\n\n\nThird page.\n\n"
    assert found.page_starts == (0, 26, 28)
    assert found.text[28:].startswith("Third page.")
    assert found.media_type == "application/pdf"


def test_page_of_counts_from_one():
    starts = extract(Path("a.pdf"), pdf(["One.", "Two.", "Three."])).page_starts
    assert starts == (0, 6, 12)
    assert [page_of(starts, offset) for offset in (0, 5, 6, 11, 12, 100)] == [1, 1, 2, 2, 3, 3]


def test_page_of_without_pages_is_none():
    assert page_of((), 7) is None


def test_pdf_title_is_from_its_metadata_else_its_first_line():
    assert extract(Path("a.pdf"), pdf(["Hello page."], title="The title")).title == "The title"
    assert extract(Path("a.pdf"), pdf(["Hello page.\nMore."])).title == "Hello page."


def test_pdf_words_hyphenated_at_a_line_end_are_joined():
    found = extract(Path("a.pdf"), pdf(["They founded an interna-\ntional body."]))
    assert found.text == "They founded an international body.\n\n"


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", sorted(SUFFIXES))
def test_empty_file_is_refused(suffix):
    assert refusal(f"a{suffix}", b"") == "the file is empty"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", b" \n\t\r\n"),
        ("a.md", b"\n\n"),
        ("a.html", b"<script>x</script>"),
        ("a.txt", b"\xef\xbb\xbf"),
    ],
)
def test_file_without_text_is_refused(name, data):
    assert refusal(name, data) == "the file contains no text, only white space or markup"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_binary_file_is_refused(name):
    assert refusal(name, b"\x7fELF\x02\x00\x00\x00abc\x00") == "the file is binary, not text"


def test_bytes_in_no_encoding_are_refused():
    assert refusal("a.txt", b"\x81\x8d\x8f\x90\x9d" * 5) == (
        "its encoding was not recognised (byte 0 is not UTF-8); save it again as UTF-8"
    )


def test_text_that_breaks_its_own_mark_is_refused():
    assert refusal("a.txt", b"\xff\xfea\x00b") == (
        "its byte order mark says utf-16, but its bytes are not valid; save it again as UTF-8"
    )
    assert refusal("a.txt", b"\xef\xbb\xbfabc\xff").startswith("its byte order mark says utf-8-sig")


@pytest.mark.parametrize("seed", range(30))
def test_random_bytes_are_read_or_refused(seed):
    source = random.Random(seed)
    data = bytes(source.randrange(1, 256) for _ in range(source.choice([3, 10, 50, 300])))
    try:
        text, reason = extract(Path("a.txt"), data).text, ""
    except UnreadableFile as error:
        text, reason = "", str(error)
    assert text.strip() or reason
    assert text == canonicalize(text)
    assert text.encode().decode() == text


def test_unsupported_suffix_is_refused_and_the_supported_ones_listed():
    reason = refusal("a.doc", b"text")
    assert reason == (
        "the type .doc is not supported; Footnote reads .csv, .docm, .docx, .dotx, .eml, .epub, "
        ".htm, .html, .ipynb, .markdown, .md, .odp, .ods, .odt, .pdf, .potx, .pptm, .pptx, .rtf, "
        ".text, .tsv, .txt, .xhtml, .xlsm, .xlsx, .xltx"
    )
    assert refusal("Makefile", b"text").startswith("files without a suffix are not supported; ")


def test_suffix_counts_in_any_case():
    assert extract(Path("A.TXT"), b"text").text == "text"


def test_pdf_of_empty_pages_is_refused():
    assert refusal("a.pdf", pdf(["", ""])) == "the PDF contains no text (2 pages)"


def test_pdf_with_a_password_is_refused():
    assert refusal("a.pdf", pdf(["Hello."], password="secret")) == (
        "the PDF is locked with a password; save a copy without it"
    )


def test_damaged_pdf_is_refused():
    damaged = "the PDF is damaged: its structure cannot be read"
    assert refusal("a.pdf", b"%PDF-1.4 rubbish") == damaged
    whole = pdf(["One.", "Two."])
    assert refusal("a.pdf", whole[: len(whole) // 2]) == damaged


def test_pdf_with_one_damaged_page_is_refused():
    """The structure can be read, the second page it names does not exist."""
    whole = pdf(["One.", "Two."])
    assert whole.count(b"/Kids [ 3 0 R 4 0 R ]") == 1
    broken = whole.replace(b"/Kids [ 3 0 R 4 0 R ]", b"/Kids [ 3 0 R 99 0 R]")
    assert refusal("a.pdf", broken) == "the PDF is damaged: its structure cannot be read"
