"""A file that its parser chokes on is skipped with the reason, and the next one is read."""

from pathlib import Path

import pytest

from index.errors import UnreadableFile
from index.extract import sandbox as worker

HTML = b"<p>The cat.</p>"


def broken(monkeypatch, body: str) -> None:
    """Make the process read .pdf files with this function body, as a parser could behave."""
    program = "\n".join(
        [
            "import os, sys, time",
            "from index import documents, worker",
            "def read(data):",
            f"    {body}",
            'documents._READERS[".pdf"] = read',
            "worker.serve()",
        ]
    )
    monkeypatch.setattr(worker, "_PROGRAM", program)


def refusal(reader: worker.Worker) -> str:
    with pytest.raises(UnreadableFile) as caught:
        reader.extract(Path("a.pdf"), b"x")
    return str(caught.value)


@pytest.fixture
def reader():
    with worker.Worker() as opened:
        yield opened


def test_files_are_read_as_in_place(reader):
    found = reader.extract(Path("a.html"), HTML)
    assert (found.text.strip(), found.media_type) == ("The cat.", "text/html")
    assert reader.extract(Path("a.txt"), b"dog").text == "dog"
    with pytest.raises(UnreadableFile, match="the file is empty"):
        reader.extract(Path("a.html"), b"")
    with pytest.raises(UnreadableFile, match="the PDF is damaged"):
        reader.extract(Path("a.pdf"), b"rubbish")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("time.sleep(60)", "reading it takes longer than 1 seconds"),
        ("while True: pass", "reading it takes longer than 1 seconds"),
        ("return bytearray(64 << 30)", "reading it takes more than 4 GiB of memory"),
        ("os.abort()", "the program that reads its format broke down on it"),
        ("os.kill(os.getpid(), 9)", "reading it was ended by the system"),
        ("raise RuntimeError('odd')", "the program that reads its format broke down on it"),
    ],
)
def test_parser_that_misbehaves_costs_only_its_file(monkeypatch, reader, body, reason):
    broken(monkeypatch, body)
    monkeypatch.setattr(worker, "TIME_LIMIT", 1)
    monkeypatch.setattr(worker, "RECOGNITION_LIMIT", 1)
    assert refusal(reader).startswith(reason)
    assert reader.extract(Path("a.html"), HTML).text.strip() == "The cat."


def test_what_a_parser_prints_is_no_answer(monkeypatch, reader):
    broken(monkeypatch, "print('{}'); os.write(1, b'{}'); raise documents.UnreadableFile('no')")
    assert refusal(reader) == "no"


def test_nothing_in_the_working_directory_is_imported(tmp_path, monkeypatch, reader):
    for name in ("json", "index", "lxml", "bs4"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    assert reader.extract(Path("a.html"), HTML).text.strip() == "The cat."
    assert not (tmp_path / "ran").exists()


def test_the_process_ends_with_the_block():
    with worker.Worker() as opened:
        opened.extract(Path("a.html"), HTML)
        process = opened._process
    assert process.poll() is not None
