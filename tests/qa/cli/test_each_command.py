"""footnote ask --each: what it prints, the files that it writes, and options that do not fit."""

import csv
import json

import pytest
from contracts import CONTRACTS
from makings import write_files
from openpyxl import load_workbook

import index
from qa.cli import each
from qa.cli import main as cli

RENT, END = "What is the monthly rent?", "When does the lease end?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("each")
    few = {name: CONTRACTS[name] for name in sorted(CONTRACTS)[6:9]}
    few["leases/01-quay.md"] = CONTRACTS["leases/01-quay.md"]
    sources = write_files(folder / "sources", few)
    index.build([sources], index=folder / "index", encoder=encoder)
    return folder / "index"


@pytest.fixture
def run(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FOOTNOTE_INDEX", str(folder))
    monkeypatch.chdir(tmp_path)

    def command(*argv):
        try:
            code = cli.main(["ask", *argv], chat=lambda arguments: None)
        except SystemExit as usage:
            code = usage.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return command


def test_each_document_is_printed_with_what_it_says(run):
    code, out, err = run("--each", RENT, "--threshold", "0.3")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0] == "leases/01-quay.md (2019-03-01)"
    assert lines[1].startswith("  1,450 euros (")
    assert lines[1].endswith("% likely right)")
    assert lines[-2:] == ["leases/09-garden.md", "  Not in the documents."]
    assert len(lines) == 8


def test_several_questions_are_columns_of_the_files(run, tmp_path):
    files = ("--csv", "a.csv", "--xlsx", "a.xlsx", "--markdown", "a.md")
    code, out, _ = run("--each", RENT, END, "--in", "leases/0[17]*", *files)
    assert code == 0
    assert [line.partition("?")[0] for line in out.splitlines()] == [
        "leases/01-quay.md (2019-03-01)", f"  {RENT[:-1]}", f"  {END[:-1]}",
        "leases/07-flat.md", f"  {RENT[:-1]}", f"  {END[:-1]}",
    ]  # fmt: skip
    with open("a.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Document"] for row in rows] == ["leases/01-quay.md", "leases/07-flat.md"]
    assert [row[END] for row in rows] == ["31 March 2027", "30 November 2026"]
    sheet = load_workbook("a.xlsx").active
    assert (sheet.max_row, sheet["A3"].value) == (3, "leases/07-flat.md")
    assert "30 November 2026" in (tmp_path / "a.md").read_text("utf-8")


def test_json_holds_every_answer(run):
    code, out, _ = run("--each", END, "--json", "--in", "leases/0[17]*")
    answers = json.loads(out)["answers"]
    assert code == 0
    assert [one["document"]["document_id"] for one in answers] == [
        "leases/01-quay.md", "leases/07-flat.md",
    ]  # fmt: skip
    assert answers[0]["citations"][0]["uri"].startswith("footnote://")


def test_what_is_answered_before_it_is_stopped_is_kept(run, monkeypatch):
    def stopped(*arguments, **options):
        yield from list(ask_each(*arguments, **options))[:2]
        raise KeyboardInterrupt

    ask_each = each.ask_each
    monkeypatch.setattr(each, "ask_each", stopped)
    code, out, err = run("--each", END, "--csv", "a.csv")
    assert (code, err) == (130, "footnote: stopped\n")
    assert len(out.splitlines()) == 4
    with open("a.csv", encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 3


def test_a_file_that_cannot_be_written_costs_no_other(run, monkeypatch):
    def full(answers):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(each, "table_csv", full)
    files = ("--csv", "a.csv", "--markdown", "a.md")
    code, out, err = run("--each", END, "--in", "leases/07*", *files)
    assert code == 1
    assert "No space left" in err
    assert "30 November 2026" in out
    with open("a.md", encoding="utf-8") as file:
        assert "30 November 2026" in file.read()


def test_the_files_are_written_though_nobody_reads_the_output(run, monkeypatch):
    def closed(*arguments, **options):
        raise BrokenPipeError

    monkeypatch.setattr(each, "_print_table", closed)
    assert run("--each", END, "--in", "leases/07*", "--csv", "a.csv")[0] == 0
    with open("a.csv", encoding="utf-8") as file:
        assert "30 November 2026" in file.read()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--each"], "There is no question"),
        (["--each", RENT, "--csv", "no/such.csv"], "cannot be written to no/such.csv"),
        (["--each", RENT, "--csv", "."], "cannot be written to ."),
        (["--each", RENT, "--history", "a.json"], "--each and --history do not go together"),
        (["--each", RENT, "--llm", "http://x"], "--each and --llm do not go together"),
        (["--each", RENT, "--llm-model", "x"], "--each and --llm-model do not go together"),
        (["--each", RENT, "--top-k", "5"], "--each and --top-k do not go together"),
        ([RENT, "--csv", "a.csv"], "Add --each"),
        ([RENT, END], "2 questions were given"),
        (["--each", RENT, "--in", "none"], "None of the 4 documents has document none"),
    ],
)
def test_what_cannot_be_done_is_refused_at_once(run, tmp_path, options, says):
    code, out, err = run(*options)
    assert (code, out) == (1, "")
    assert says in err
    assert list(tmp_path.iterdir()) == []
