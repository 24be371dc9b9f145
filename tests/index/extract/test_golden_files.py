"""Files of many programs give exactly the texts that lie beside them.

`tests/support/golden_files.py` makes the files, and accepts a new text. Where a fault of `FAULTS`
is mended, remove it there.
"""

import io
import json
import re
import zipfile

import pytest
from golden_files import (
    FACTS,
    GOLDEN,
    MAKERS,
    expected_text_path,
    facts_of,
    faulty_text_path,
    golden_files,
    read_golden,
)

from index.extract.document import SUFFIXES, extract

EXPECTED_FACTS = json.loads(FACTS.read_text("utf-8"))

FAULTS = {
    "chromium-rooms.pdf": "a fraction is torn apart",
    "office-ledger.pdf": "a cell of two lines stands below the table, far from its row",
    "office-minutes.pdf": "a raised letter stands on the line; the text of a frame before the page",
}
"""What is wrong in the text of a file today. Its expected text is what is right."""


def paths(faults):
    marks = {
        name: pytest.mark.xfail(strict=True, raises=AssertionError, reason=fault)
        for name, fault in faults.items()
    }
    return [
        pytest.param(path, id=path.name, marks=marks.get(path.name, ())) for path in golden_files()
    ]


@pytest.mark.parametrize("path", paths(FAULTS))
def test_text_is_exactly_the_expected_one(path):
    assert read_golden(path).text == expected_text_path(path).read_bytes().decode()


@pytest.mark.parametrize(
    "path",
    [path for path in golden_files() if path.suffix in (".docx", ".pptx", ".xlsx")],
    ids=lambda path: path.name,
)
def test_the_strict_variant_of_an_office_file_gives_the_same_text(path):
    stream = io.BytesIO()
    with zipfile.ZipFile(path) as usual, zipfile.ZipFile(stream, "w") as strict:
        for name in usual.namelist():
            part = re.sub(
                rb"http://schemas\.openxmlformats\.org/(\w+ml|officeDocument)/2006/(\w+)",
                rb"http://purl.oclc.org/ooxml/\1/\2",
                usual.read(name),
            )
            strict.writestr(name, part)
    assert extract(path, stream.getvalue()).text == read_golden(path).text


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_text_with_a_known_fault_does_not_change_unseen(name):
    path = GOLDEN / name
    assert read_golden(path).text == faulty_text_path(path).read_bytes().decode()


@pytest.mark.parametrize("path", paths({}))
def test_title_date_pages_and_note_are_the_expected_ones(path):
    assert facts_of(read_golden(path)) == EXPECTED_FACTS[path.name]


def test_each_format_has_files_and_each_file_a_maker_and_a_text():
    names = [path.name for path in golden_files()]
    assert sorted(MAKERS) == names == sorted(EXPECTED_FACTS)
    families = [
        ({".txt", ".text"}, {".md", ".markdown"}, {".html", ".htm", ".xhtml"}),
        ({".epub"}, {".eml"}, {".ipynb"}, {".csv"}, {".tsv"}, {".pdf"}),
        ({".docx"}, {".odt"}, {".rtf"}, {".xlsx"}, {".ods"}, {".pptx"}, {".odp"}),
    ]
    for family in [family for row in families for family in row]:
        assert sum(name.endswith(tuple(family)) for name in names) >= 3
    # Templates and files with macros are read as the files without.
    alike = {".docm", ".dotx", ".pptm", ".potx", ".xlsm", ".xltx"}
    assert {suffix for row in families for family in row for suffix in family} | alike == SUFFIXES
    texts = {path.name for path in GOLDEN.glob("*.txt")} - set(names)
    wanted = {f"{name}.expected.txt" for name in names}
    assert texts == wanted | {f"{name}.faulty.txt" for name in FAULTS}
