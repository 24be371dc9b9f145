"""A file on which its parser fails is skipped with the reason, and the next one is read."""

import os
from pathlib import Path

import pytest

from index.errors import UnreadableFile, UnreadableForNow
from index.extract import sandbox

HTML = b"<p>The cat.</p>"


def break_pdf_reader(monkeypatch, body: str) -> None:
    """Replace the reader of .pdf files in the child process with this function body."""
    program = "\n".join(
        [
            "import os, signal, sys, time",
            "from index.extract import document, sandbox",
            "def fail(*values): raise MemoryError",
            "def read(data):",
            f"    {body}",
            'document._READERS_BY_SUFFIX[".pdf"] = read',
            "sandbox.serve_extractions()",
        ]
    )
    monkeypatch.setattr(sandbox, "_EXTRACT_PROGRAM", program)


def refusal(reader: sandbox.Sandbox) -> str:
    with pytest.raises(UnreadableFile) as caught:
        reader.extract(Path("a.pdf"), b"x")
    return str(caught.value)


@pytest.fixture
def reader():
    with sandbox.Sandbox() as opened:
        yield opened


def test_child_process_reads_files_as_extract_does(reader):
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
        ("os.abort()", "the parser of its format crashed"),
        ("os.kill(os.getpid(), 9)", "the operating system stopped reading it"),
        ("raise RuntimeError('odd')", "the parser of its format crashed"),
    ],
)
def test_parser_that_fails_affects_only_its_file(monkeypatch, reader, body, reason):
    break_pdf_reader(monkeypatch, body)
    monkeypatch.setattr(sandbox, "TIME_LIMIT", 1)
    monkeypatch.setattr(sandbox, "OCR_TIME_LIMIT", 1)
    assert refusal(reader).startswith(reason)
    assert reader.extract(Path("a.html"), HTML).text.strip() == "The cat."


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("os.abort()", "the parser of its format crashed, as where memory is short"),
        ("os.kill(os.getpid(), signal.SIGBUS)", "the parser of its format crashed, as where"),
        ("os.kill(os.getpid(), signal.SIGXCPU)", "the process that was reading it was ended"),
        (
            "signal.signal(signal.SIGQUIT, signal.SIG_DFL); os.kill(os.getpid(), signal.SIGQUIT)",
            "the process that was reading it was ended",
        ),
        ("sandbox.json.dumps = fail", "reading it takes more than 4 GiB of memory"),
    ],
)
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_an_end_that_lack_of_memory_may_cause_is_no_property_of_the_file(
    monkeypatch, reader, body, reason
):
    body += "; return document.Extract('', 'The cat.', 'application/pdf')"
    break_pdf_reader(monkeypatch, body)
    with pytest.raises(UnreadableForNow) as caught:
        reader.extract(Path("b.pdf"), b"y")
    assert str(caught.value).startswith(reason)


def test_a_crash_at_an_invalid_address_is_one(monkeypatch, reader):
    break_pdf_reader(monkeypatch, "os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(UnreadableFile) as caught:
        reader.extract(Path("b.pdf"), b"y")
    assert not isinstance(caught.value, UnreadableForNow)


def test_output_of_a_parser_is_not_taken_for_an_answer(monkeypatch, reader):
    break_pdf_reader(
        monkeypatch, "print('{}'); os.write(1, b'{}'); raise document.UnreadableFile('no')"
    )
    assert refusal(reader) == "no"


def test_nothing_in_the_working_directory_is_imported(tmp_path, monkeypatch, reader):
    for name in ("json", "index", "lxml", "bs4"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    assert reader.extract(Path("a.html"), HTML).text.strip() == "The cat."
    assert not (tmp_path / "ran").exists()


def test_child_process_ends_with_the_block():
    with sandbox.Sandbox() as opened:
        opened.extract(Path("a.html"), HTML)
        process = opened._process
    assert process.poll() is not None


def test_child_process_that_is_still_starting_ends_with_the_block_too(monkeypatch):
    started = []

    def start(program):
        started.append(start_child(program))
        return started[0]

    def cancel():
        raise KeyboardInterrupt

    start_child = sandbox.start_child
    monkeypatch.setattr(sandbox, "start_child", start)
    monkeypatch.setattr(sandbox, "_EXTRACT_PROGRAM", "import time; time.sleep(10)")
    monkeypatch.setattr(sandbox, "POLL_INTERVAL", 0.05)
    with pytest.raises(KeyboardInterrupt), sandbox.Sandbox(on_wait=cancel) as opened:
        opened.extract(Path("a.html"), HTML)
    assert started[0].returncode is not None
