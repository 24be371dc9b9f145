"""What is wrong with a file for the moment is not kept about it, and takes no document away."""

import errno
import os
import shutil
from pathlib import Path

import pytest
from makings import write_files

import index
from index.errors import UnreadableForNow
from index.extract import sandbox
from index.store.generation import open_index

PAGE = "<p>The cat sleeps on the quay beside the crane.</p>" * 5


@pytest.fixture
def docs(tmp_path) -> Path:
    return write_files(tmp_path / "docs", {"a.html": PAGE, "sub/b.txt": "dog"})


@pytest.fixture
def build(tmp_path, docs, word_encoder):
    """Return a function that builds the test's index."""

    def run(*paths: Path, prune: bool = False) -> index.BuildReport:
        return index.build(
            paths or [docs], index=tmp_path / "index", encoder=word_encoder, prune=prune
        )

    return run


@pytest.fixture
def texts(tmp_path):
    """Return a function that returns the texts of the live index's documents by id."""

    def read() -> dict[str, str]:
        opened = open_index(tmp_path / "index")
        return {
            entry.id: opened.document_by_id(entry.id).text.strip()[:7]
            for entry in opened.manifest.documents
        }

    return read


def replace_reader(monkeypatch, body: str) -> None:
    """Replace the reader of .html files in the child process with this function body."""
    program = "\n".join(
        [
            "import os, time",
            "from index.extract import document, sandbox",
            f"def read(data): {body}",
            'document._READERS_BY_SUFFIX[".html"] = read',
            "sandbox.serve_extractions()",
        ]
    )
    monkeypatch.setattr(sandbox, "_EXTRACT_PROGRAM", program)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("time.sleep(60)", "reading it takes longer than 1 seconds"),
        ("raise MemoryError", "reading it takes more than 4 GiB of memory"),
        ("os.kill(os.getpid(), 9)", "the operating system stopped reading it"),
        ("os.kill(os.getpid(), 15)", "the process that was reading it was ended"),
    ],
)
def test_what_stopped_the_reading_process_is_not_kept(
    docs, build, texts, monkeypatch, body, reason
):
    build()
    write_files(docs, {"a.html": "<p>The dog barks.</p>" * 5, "new.html": "<p>A bird.</p>"})
    with monkeypatch.context() as patch:
        if "sleep" in body:
            patch.setattr(sandbox, "TIME_LIMIT", 1)
        replace_reader(patch, body)
        report = build()
    first, second = report.skipped
    assert first.reason.startswith(reason)
    assert first.reason.endswith("; 1 document kept as read before")
    assert Path(second.path).name == "new.html"
    assert "kept" not in second.reason
    assert texts() == {"a.html": "The cat", "sub/b.txt": "dog"}
    report = build()
    assert (report.added, report.changed, report.skipped) == (("new.html",), ("a.html",), ())
    assert texts() == {"a.html": "The dog", "new.html": "A bird.", "sub/b.txt": "dog"}


@pytest.mark.parametrize("program", ["/nowhere/python", shutil.which("true"), ""])
def test_a_process_that_cannot_be_started_is_not_the_fault_of_a_file(
    docs, build, monkeypatch, program
):
    with monkeypatch.context() as patch:
        patch.setattr(sandbox.sys, "executable", program)
        write_files(docs, {"b.html": PAGE})
        report = build()
    assert report.added == ("sub/b.txt",)
    reasons = {skipped.reason for skipped in report.skipped}
    assert len(report.skipped) == 2
    assert all(reason.startswith("the process that reads it cannot be") for reason in reasons)
    assert any((program or "sys.executable") in reason for reason in reasons)
    report = build()
    assert (report.added, report.skipped) == (("a.html", "b.html"), ())


def test_a_program_that_never_answers_is_waited_for_once(monkeypatch):
    monkeypatch.setattr(sandbox, "_EXTRACT_PROGRAM", "import time; time.sleep(60)")
    monkeypatch.setattr(sandbox, "START_TIME_LIMIT", 0)
    with sandbox.Sandbox() as reader:
        for name in ("a.html", "b.html"):
            with pytest.raises(UnreadableForNow, match="cannot be started by"):
                reader.extract(Path(name), b"<p>x</p>")
            monkeypatch.setattr(sandbox, "start_child", None)


def test_a_file_that_cannot_be_opened_keeps_its_document(docs, build, texts, monkeypatch):
    build()
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "b.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    for prune in (False, True):
        (skipped,) = build(prune=prune).skipped
        assert skipped.reason == (
            "it cannot be opened: Permission denied; 1 document kept as read before"
        )
        assert list(texts()) == ["a.html", "sub/b.txt"]


def test_a_folder_that_cannot_be_opened_keeps_its_documents(docs, build, texts, monkeypatch):
    build()
    scan = os.scandir

    def refuse(path):
        if not isinstance(path, int) and Path(path).name == "sub":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    (skipped,) = build().skipped
    assert skipped.reason == (
        "the folder cannot be opened; check its permissions; 1 document kept as read before"
    )
    assert list(texts()) == ["a.html", "sub/b.txt"]
    build(docs / "sub", docs)  # The folder is a root, too.
    assert list(texts()) == ["a.html", "sub/b.txt"]
    (skipped,) = build(prune=True).skipped
    assert skipped.reason == "the folder cannot be opened; check its permissions"
    assert list(texts()) == ["a.html"]


def refuse_below(monkeypatch, folder: Path, code: int) -> None:
    """Let every look at a folder, and at what is below it, fail as where its disk is gone."""

    def refusing(call):
        def refuse(path, *arguments, **options):
            if not isinstance(path, int) and folder in (Path(path), *Path(path).parents):
                raise OSError(code, os.strerror(code), str(path))
            return call(path, *arguments, **options)

        return refuse

    for name in ("stat", "lstat", "scandir"):
        monkeypatch.setattr(os, name, refusing(getattr(os, name)))


@pytest.mark.parametrize("code", [errno.ESTALE, errno.ENOTCONN, errno.EACCES])
def test_a_folder_whose_disk_does_not_answer_keeps_its_documents(docs, build, texts, code):
    write_files(docs, {"sub/deep/c.txt": "bird", "sub-b/d.txt": "ship"})
    build()
    with pytest.MonkeyPatch.context() as patch:
        refuse_below(patch, docs / "sub", code)
        report = build()
    assert report.removed == ()
    (skipped,) = report.skipped
    assert skipped.path == str(docs / "sub")
    assert skipped.reason == (
        f"it cannot be opened: {os.strerror(code)}; 2 documents kept as read before"
    )
    assert list(texts()) == ["a.html", "sub-b/d.txt", "sub/b.txt", "sub/deep/c.txt"]
    with pytest.MonkeyPatch.context() as patch:
        refuse_below(patch, docs / "sub", code)
        assert build(prune=True).removed == ("sub/b.txt", "sub/deep/c.txt")


@pytest.mark.parametrize("gone", [False, True])
def test_a_folder_that_is_not_mounted_keeps_its_documents(tmp_path, docs, build, texts, gone):
    other = write_files(tmp_path / "other", {"c.txt": "bird"})
    build(docs, other)
    shutil.rmtree(docs)
    if not gone:
        docs.mkdir()
    report = build(docs, other)
    assert report.removed == ()
    (skipped,) = report.skipped
    assert skipped.path == str(docs)
    assert skipped.reason.startswith("the folder is empty or gone")
    assert skipped.reason.endswith("; 2 documents kept as read before")
    assert build(docs).unchanged == ("a.html", "c.txt", "sub/b.txt")
    assert build(docs, other, prune=True).removed == ("a.html", "sub/b.txt")
    assert list(texts()) == ["c.txt"]


def test_a_folder_whose_files_were_deleted_loses_their_documents(docs, build, texts):
    build()
    (docs / "a.html").unlink()
    (docs / "sub" / "b.txt").unlink()
    write_files(docs, {"c.txt": "bird"})
    report = build()
    assert (report.removed, report.skipped) == (("a.html", "sub/b.txt"), ())
