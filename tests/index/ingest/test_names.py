"""What a document is called, where it lies, its headings and its date: found, and dated."""

from datetime import datetime

import pytest
from makings import write_files
from openpyxl import Workbook

import index
import qa

FILES = {
    "berth-lease-molde.md": "# Lease\n\nThe lease costs 700 a year.",
    "berth-lease-narvik.md": "# Lease\n\nThe lease costs 900 a year.",
    "2019/tariff.md": "# Tariff\n\nA ship pays 10.",
    "2021/tariff.md": "# Tariff\n\nA ship pays 30.",
    "rules-v1.md": "---\ntitle: Rules\ndate: 2018-02-03\n---\n# Rules\n\nQuiet from ten.",
    "rules-v2.md": "---\ntitle: Rules\ndate: 2020-09-08\n---\n# Rules\n\nQuiet from nine.",
    "minutes/a.txt": "Meeting\n\nDate: 4 May 2017\n\nThe crane was sold.",
    "log/2016-08-21.md": "# Log\n\nFog all day.",
    "log/2016-10-03.md": "# Log\n\nFog until noon.",
    "guide.md": "# Guide\n\n## Gulls\n\n### Feeding\n\nOnce a day.\n\n## Seals\n\n### Feeding\n\n"
    "Twice a day.",
}


@pytest.fixture(scope="module")
def harbour(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("harbour")
    write_files(folder / "docs", FILES)
    index.build([folder / "docs"], index=folder / "index", encoder=encoder)
    return index.open_index(folder / "index", encoder=encoder)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What does the lease in Narvik cost?", "berth-lease-narvik.md"),
        ("What does the lease cost according to berth-lease-molde.md?", "berth-lease-molde.md"),
        ("How much does a ship pay in 2019?", "2019/tariff.md"),
        ("the tariff of 2021", "2021/tariff.md"),
        ("From when is it quiet in rules-v1.md?", "rules-v1.md"),
        ("From when is it quiet by rules-v2?", "rules-v2.md"),
        ("rules of September 2020", "rules-v2.md"),
        ("How long was there fog in October 2016?", "log/2016-10-03.md"),
        ("How long was there fog on 21 August 2016?", "log/2016-08-21.md"),
        ("What was decided on 4 May 2017?", "minutes/a.txt"),
    ],
)
def test_the_named_document_comes_first(harbour, question, expected):
    passages = qa.retrieve(question, index=harbour, reader="none")
    assert passages[0].document_id == expected
    assert passages[0].score > passages[1].score


@pytest.mark.parametrize(("question", "words"), [("gulls feeding", "Once"), ("seals", "Twice")])
def test_a_passage_is_found_by_the_headings_above_its_own(harbour, question, words):
    found = qa.retrieve(f"{question}: how often?", index=harbour, where={"document": "guide.md"})
    assert words in next(passage.text for passage in found if "a day" in passage.text)


def test_a_document_has_the_date_that_it_gives_itself(harbour):
    dates = {entry.id: entry.date for entry in harbour.manifest.documents}
    assert dates == {
        "berth-lease-molde.md": "",
        "berth-lease-narvik.md": "",
        "2019/tariff.md": "2019",
        "2021/tariff.md": "2021",
        "rules-v1.md": "2018-02-03",
        "rules-v2.md": "2020-09-08",
        "minutes/a.txt": "2017-05-04",
        "log/2016-08-21.md": "2016-08-21",
        "log/2016-10-03.md": "2016-10-03",
        "guide.md": "",
    }
    found = qa.retrieve("the tariff", index=harbour, where={"date": "2020.."}, reader="none")
    assert {passage.document_id for passage in found} == {"2021/tariff.md", "rules-v2.md"}


def test_the_date_at_which_a_program_saved_a_file_is_the_last_to_count(tmp_path, word_encoder):
    workbook = Workbook()
    workbook.active.append(["Pump", 4])
    workbook.properties.created = workbook.properties.modified = datetime(2024, 11, 29)
    for name in ("stock-2022.xlsx", "stock.xlsx"):
        workbook.save(tmp_path / name)
    index.build([tmp_path], index=tmp_path / "index", encoder=word_encoder)
    documents = index.open_index(tmp_path / "index", encoder=word_encoder).manifest.documents
    assert {one.id: one.date[:4] for one in documents}["stock-2022.xlsx"] == "2022"
    assert {one.id: one.date for one in documents}["stock.xlsx"] > "2024"
