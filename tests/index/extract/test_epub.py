"""E-books: the characters of their chapters."""

import zipfile
from pathlib import Path

from sources import FILES, repacked

from index.extract.document import extract


def test_chapter_in_windows_1252_that_is_called_latin_1():
    chapter = (
        "<?xml version='1.0' encoding='iso-8859-1'?><html><body><p>The mast costs € 1,450 \u2013 "
        "it\u2019s 3 m<sup>2</sup> of H<sub>2</sub>O.</p></body></html>"
    )
    data = repacked("pandoc.epub", {"EPUB/text/ch001.xhtml": chapter.encode("cp1252")})
    text = extract(Path("a.epub"), data).text
    assert "The mast costs € 1,450 \u2013 it\u2019s 3 m² of H₂O." in text


def test_chapter_keeps_all_but_its_menu():
    chapter = (
        "<html><body><nav>Contents</nav><header><h1>The gate</h1></header>"
        "<aside>It is of oak.</aside><p>It opens at noon.</p><footer>Ada Krol</footer></body>"
    )
    data = repacked("pandoc.epub", {"EPUB/text/ch001.xhtml": chapter.encode()})
    text = extract(Path("a.epub"), data).text
    assert "# The gate\n\nIt is of oak.\n\nIt opens at noon.\n\nAda Krol\n" in text
    assert "Contents" not in text


def test_powers_raised_by_the_style_sheet_of_the_book():
    chapter = (
        "<html><head><link rel='stylesheet' href='../styles/up.css'/></head><body><p>The tank "
        "holds 10<span class='up'>6</span> cells.</p></body></html>"
    )
    data = repacked(
        "pandoc.epub",
        {
            "EPUB/text/ch001.xhtml": chapter.encode(),
            "EPUB/styles/up.css": b".up { font-size: 70%; vertical-align: super; }",
        },
    )
    assert "The tank holds 10⁶ cells." in extract(Path("a.epub"), data).text


def test_pictures_are_named_where_a_page_has_hardly_any_text():
    page = "<html><body><h1>The fees</h1><p>{}</p><svg><image href='fees.png'/></svg></body></html>"

    def note_of(words):
        data = repacked("pandoc.epub", {"EPUB/text/ch001.xhtml": page.format(words).encode()})
        return extract(Path("a.epub"), data).note

    assert note_of("") == "not read: pictures on 1 page with hardly any text"
    assert note_of("They rose in May. " * 9) == ""


def test_mark_of_a_note_in_another_file_joins_no_number():
    chapter = (
        "<html xmlns:epub='http://www.idpf.org/2007/ops'><body><p>The mast costs 320"
        "<a epub:type='noteref' href='notes.xhtml#n1'>1</a> kr.</p></body></html>"
    )
    data = repacked("pandoc.epub", {"EPUB/text/ch001.xhtml": chapter.encode()})
    assert "The mast costs 320[1] kr." in extract(Path("a.epub"), data).text


def test_missing_chapter_is_named():
    package = zipfile.ZipFile(FILES / "pandoc.epub").read("EPUB/content.opf")
    lost = package.replace(b"text/ch001.xhtml", b"text/lost.xhtml")
    note = extract(Path("a.epub"), repacked("pandoc.epub", {"EPUB/content.opf": lost})).note
    assert note == "not read: 1 chapter missing from the file"
