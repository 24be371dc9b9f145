"""Documents are uploaded to the chat, indexed while it answers, and removed again."""

import asyncio
import io
import os
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from fastapi import FastAPI
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st
from makings import WordEncoder, write_files
from mounting import in_namespace
from starlette.testclient import TestClient

import index
from index.errors import StorageFailed
from index.store.generation import list_generations
from qa.chat.access.public_paths import strip_folders
from qa.chat.documents import jobs, manage, uploads
from qa.chat.documents.file_names import LEADS_OUT, refuse_path, safe_name, safe_path
from qa.chat.documents.manage import (
    ALREADY_ADDED,
    ALREADY_BEING_REMOVED,
    ORIGINAL_FILE_STAYS,
    DocumentStore,
)
from qa.chat.routes.documents import router
from qa.chat.routes.errors import add_error_handler
from qa.handle import ask
from qa.reader.load import NONE
from qa.retrieval.filters import of_documents
from qa.retrieval.rerank import retrieve

NO_PDF = "the PDF is damaged: its structure cannot be read"
SENTENCES = "The cat visited Oslo. The dog visited Paris."


class SlowEncoder(WordEncoder):
    """Embeds texts with "slow" only after `go_on` is set; `reached` is set when one arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.go_on = threading.Event(), threading.Event()

    def embed_passages(self, texts):
        if any("slow" in text for text in texts):
            self.reached.set()
            assert self.go_on.wait(30)
        return super().embed_passages(texts)


class Chat:
    """A server with a document store, and a browser that uses it."""

    def __init__(self, tmp_path: Path, encoder: WordEncoder) -> None:
        self.docs = write_files(tmp_path / "docs", {"a.txt": "The cat visited Oslo."})
        self.folder = tmp_path / "machine" / ".footnote"
        self.encoder = encoder
        index.build([self.docs], index=self.folder, encoder=encoder)
        self.uploads = self.folder / "uploads"
        self.start()

    def start(self, **options: object) -> None:
        """Start a server, also a further one over the same index."""
        self.store = DocumentStore(self.folder, encoder=self.encoder, **options)
        app = FastAPI()
        add_error_handler(app, self.folder)
        app.include_router(router(self.store, get_owner=lambda r: r.headers.get("x-owner", "")))
        self.client = TestClient(app, headers={"x-owner": "ida"})

    def send(self, *files: tuple[str, str | bytes], **options: object):
        parts = [("files", (name, content)) for name, content in files]
        return self.client.post("/footnote/documents", files=parts, **options)

    def wait(self, answer) -> dict:
        """Return the job of a response when it has finished."""
        assert answer.status_code == 202, answer.json()
        for _ in range(1000):
            found = self.client.get(f"/footnote/jobs/{answer.json()['job']}").json()
            if found["state"] in jobs.FINAL_STATES:
                return found
            time.sleep(0.02)
        raise TimeoutError(found)

    def remove(self, *ids: str, **options: object):
        return self.client.delete("/footnote/documents", params={"id": ids}, **options)

    def documents(self) -> dict[str, dict]:
        found = self.client.get("/footnote/documents").json()
        return {document["id"]: document for document in found["documents"]}

    def kept(self) -> list[str]:
        """Return the paths in the uploads folder, those of hidden files and folders included."""
        return sorted(path.relative_to(self.uploads).as_posix() for path in self.uploads.rglob("*"))


@pytest.fixture
def chat(tmp_path):
    chat = Chat(tmp_path, WordEncoder())
    yield chat
    chat.store.close()


@pytest.fixture
def slow(tmp_path):
    chat = Chat(tmp_path, SlowEncoder())
    yield chat
    chat.encoder.go_on.set()
    chat.store.close()


def test_nothing_is_uploaded_where_an_index_has_gone(chat):
    chat.store.resume()
    chat.folder.rename(chat.folder.with_name("gone"))
    answer = chat.send(("b.txt", "A dog."))
    assert answer.status_code == 503
    assert answer.json()["error"].startswith("The index has gone from ")
    chat.folder.with_name("gone").rename(chat.folder)
    assert list(chat.documents()) == ["a.txt"]


# --- uploads ------------------------------------------------------------------------------------


def test_an_uploaded_file_is_indexed_and_answers(chat):
    answer = chat.send(("Report.md", "# Report\n\nThe minister opened the bridge."))
    assert answer.json()["files"] == [
        {"name": "Report.md", "status": "taken", "reason": "", "kept_as": "Report.md"}
    ]
    done = chat.wait(answer)
    assert {name: done[name] for name in done if name != "id"} == {
        **{"kind": "add", "mine": True, "state": "done", "done": 0, "total": 1},
        "files": [{"name": "Report.md", "status": "indexed", "reason": ""}],
        **{"summary": "1 file added.", "generation": "000002"},
    }
    found = chat.client.get("/footnote/documents").json()
    assert found["generation"] == "000002"
    assert found["documents"][0] == {
        **{
            "id": "Report.md",
            "title": "Report",
            "name": "",
            "path": "Report.md",
            "type": "md",
            "size": 41,
            "pages": None,
        },
        **{"date": "", "author": "", "uploaded": True, "removable": True, "note": ""},
    }
    assert (found["documents"][1]["id"], found["documents"][1]["uploaded"]) == ("a.txt", False)
    assert (chat.uploads / "Report.md").read_text() == "# Report\n\nThe minister opened the bridge."
    options = {"index": chat.folder, "encoder": chat.encoder, "reader": NONE, "threshold": 0}
    assert ask("Who opened the bridge?", **options).citations[0].document_id == "Report.md"
    assert chat.client.get("/footnote/jobs").json() == {"jobs": []}


def test_limits_and_types_are_listed(chat):
    limits = chat.client.get("/footnote/documents").json()["limits"]
    assert (limits["bytes"], limits["files"], limits["request"]) == (256 << 20, 100, 1 << 30)
    assert {".pdf", ".docx", ".zip", ".txt"} < set(limits["types"])
    assert (limits["sizes"][".txt"], limits["sizes"][".pdf"]) == (40_000_000, 256 << 20)


def test_a_second_file_of_the_same_name_is_numbered(chat):
    chat.wait(chat.send(("a.txt", "The dog.")))
    assert sorted(chat.documents()) == ["a.txt", "uploads/a.txt"]
    second = chat.send(("a.txt", "The bird."), ("b.txt", "The ship."))
    assert [file["kept_as"] for file in second.json()["files"]] == ["a (2).txt", "b.txt"]
    chat.wait(second)
    again = chat.send(("a.txt", "The dog."), ("a.txt", "The bird."), ("a.txt", "The river."))
    assert [(file["status"], file["reason"]) for file in again.json()["files"]] == [
        *(("refused", ALREADY_ADDED), ("refused", ALREADY_ADDED), ("taken", "")),
    ]
    assert chat.wait(again)["files"] == [
        {"name": "a (3).txt", "status": "indexed", "reason": ""},
    ]
    # A copy of a file that is indexed from another folder is refused too.
    refused = chat.send(("a.txt", "The cat visited Oslo."))
    assert (refused.status_code, refused.json()["error"]) == (
        422,
        f"No file was added. a.txt: {ALREADY_ADDED}",
    )
    assert chat.kept() == ["a (2).txt", "a (3).txt", "a.txt", "b.txt"]


def test_a_folder_keeps_its_paths(chat):
    herd = ("goats/herd.txt", "The goat visited Oslo.")
    answer = chat.send(herd, ("goats/deep/herd.txt", "The goat."), ("goats/bad.txt", b"\0"))
    assert [file["kept_as"] for file in answer.json()["files"]] == [
        *("goats/herd.txt", "goats/deep/herd.txt", "goats/bad.txt"),
    ]
    assert [(file["name"], file["status"]) for file in chat.wait(answer)["files"]] == [
        *(("goats/herd.txt", "indexed"), ("goats/deep/herd.txt", "indexed")),
        ("goats/bad.txt", "skipped"),
    ]
    assert sorted(chat.documents()) == ["a.txt", "goats/deep/herd.txt", "goats/herd.txt"]
    assert chat.documents()["goats/herd.txt"]["path"] == "goats/herd.txt"
    kept = ["goats", "goats/deep", "goats/deep/herd.txt", "goats/herd.txt"]
    assert chat.kept() == kept
    # A folder selects what it holds.
    options = {"index": chat.folder, "encoder": chat.encoder, "reader": NONE, "threshold": 0}
    found = ask("Who visited Oslo?", **options, where={"folder": "goats/deep"})
    assert {c.document_id for c in found.citations} == {"goats/deep/herd.txt"}
    # The same file is not added twice; at another path it is another one.
    again = chat.send(herd, ("sheep/herd.txt", herd[1]), (herd[0], "The goat visited Paris."))
    assert [file["reason"] for file in again.json()["files"]] == [ALREADY_ADDED, "", ""]
    chat.wait(again)
    assert chat.kept() == sorted([*kept, "goats/herd (2).txt", "sheep", "sheep/herd.txt"])
    # A folder goes with its last document.
    chat.wait(chat.remove("goats/deep/herd.txt", "goats/herd.txt", "goats/herd (2).txt"))
    assert chat.kept() == ["sheep", "sheep/herd.txt"]


def test_a_folder_in_the_place_of_a_file_refuses_only_its_files(chat):
    chat.wait(chat.send(("goats.txt", "The goat.")))
    answer = chat.send(("goats.txt/a.txt", "The dog."), ("b.txt", "The bird."))
    assert [(file["status"], file["reason"]) for file in answer.json()["files"]] == [
        *(("refused", "it could not be saved: File exists"), ("taken", "")),
    ]
    chat.wait(answer)
    assert chat.kept() == ["b.txt", "goats.txt"]


def test_documents_from_memory_are_left_alone_by_uploads(chat):
    index.add({"note": "The fox."}, index=chat.folder, encoder=chat.encoder)
    write_files(chat.uploads, {"added/lost.txt": "The hare."})
    assert chat.store.resume() is None
    chat.wait(chat.send(("added/b.txt", "The bird.")))
    assert sorted(chat.documents()) == ["_added/b.txt", "a.txt", "note"]


def test_unreadable_files_are_reported_and_not_stored(chat):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("sub/c.txt", "The dog.")
        writer.writestr("photo.jpg", b"x")
    answer = chat.send(
        ("bad.pdf", b"%PDF-1.7 rubbish"),
        ("photo.jpg", b"x"),
        ("empty.txt", b""),
        ("c.zip", archive.getvalue()),
        ("good.txt", "The ship."),
    )
    assert [file["status"] for file in answer.json()["files"]] == [
        *("taken", "refused", "taken", "taken", "taken"),
    ]
    assert answer.json()["files"][1]["reason"].startswith(
        "the type .jpg is not supported; Footnote"
    )
    done = chat.wait(answer)
    files = {file["name"]: (file["status"], file["reason"]) for file in done["files"]}
    assert files["bad.pdf"] == ("skipped", NO_PDF)
    assert files["empty.txt"] == ("skipped", "the file is empty")
    status, reason = files["c.zip"]
    assert (status, reason[:35]) == ("indexed", "c.zip/photo.jpg: the type .jpg is n")
    assert done["summary"] == "2 files added. 2 files could not be read and were not saved."
    assert chat.kept() == ["c.zip", "good.txt"]
    found = chat.client.get("/footnote/documents").json()
    assert sorted(chat.documents()) == ["a.txt", "c.zip/sub/c.txt", "good.txt"]
    assert [file["name"] for file in found["skipped"]] == ["c.zip/photo.jpg"]


def test_a_job_without_readable_files_leaves_the_index_unchanged(chat):
    chat.wait(chat.send(("good.txt", "The dog.")))
    before = index.open_index(chat.folder)
    for files, summary in (
        ([("bad.pdf", b"%PDF-1.7 rubbish")], "The file could not be read."),
        ([("e.txt", b""), ("f.txt", b"\0")], "None of the 2 files could be read."),
    ):
        failed = chat.wait(chat.send(*files))
        assert (failed["state"], failed["summary"]) == ("failed", summary)
        assert [file["status"] for file in failed["files"]] == ["failed"] * len(files)
        assert all(file["reason"] for file in failed["files"])
        assert chat.kept() == ["good.txt"]
        assert index.open_index(chat.folder) is before
    assert list_generations(chat.folder) == ["000001", "000002"]
    assert index.rollback(index=chat.folder) == "000001"
    assert list(chat.documents()) == ["a.txt"]


def test_the_index_does_not_record_files_that_were_not_stored(chat):
    done = chat.wait(chat.send(("bad.pdf", b"x"), ("good.txt", "The dog.")))
    assert done["files"] == [
        {"name": "bad.pdf", "status": "skipped", "reason": NO_PDF},
        {"name": "good.txt", "status": "indexed", "reason": ""},
    ]
    assert done["summary"] == "1 file added. 1 file could not be read and was not saved."
    assert index.open_index(chat.folder).manifest.skipped == ()


def test_a_disk_error_refuses_only_the_file_concerned(chat, monkeypatch):
    real = Path.rename

    def rename(path, target):
        if Path(target).name == "b.txt":
            raise OSError(28, "No space left on device", str(path))
        return real(path, target)

    monkeypatch.setattr(uploads.Path, "rename", rename)
    answer = chat.send(("c.txt", "The dog."), ("b.txt", "The bird."), ("d.txt", "The ship."))
    reason = "it could not be saved: No space left on device"
    assert [(file["status"], file["reason"]) for file in answer.json()["files"]] == [
        *(("taken", ""), ("refused", reason), ("taken", "")),
    ]
    assert chat.wait(answer)["summary"] == "2 files added."
    assert (chat.kept(), sorted(chat.documents())) == (
        *(["c.txt", "d.txt"], ["a.txt", "c.txt", "d.txt"]),
    )
    alone = chat.send(("b.txt", "The bird."))
    assert (alone.status_code, alone.json()["error"]) == (
        *(422, f"No file was added. b.txt: {reason}"),
    )
    assert chat.kept() == ["c.txt", "d.txt"]


def test_no_response_reveals_a_path(chat, tmp_path):
    write_files(chat.docs, {"bad.txt": b"\0", "sub dir/x.zip": b"x"})
    index.build([chat.docs], index=chat.folder, encoder=chat.encoder)
    chat.wait(chat.send(("bad.pdf", b"x"), ("b.txt", "The dog.")))
    responses = [chat.client.get("/footnote/documents").text]
    chat.encoder.fails_at = None
    (chat.folder / "library.sqlite").rename(tmp_path / "library")
    (chat.folder / "library.sqlite").mkdir()
    failed = chat.wait(chat.send(("c.txt", "The bird.")))
    assert (failed["state"], chat.kept()) == ("failed", ["b.txt"])
    responses += [failed["summary"], chat.send(("d.exe", b"")).text]
    (chat.folder / "CURRENT").write_text("rubbish")
    responses += [chat.client.get("/footnote/documents").text, chat.send(("e.txt", "x")).text]
    responses += [chat.remove("a.txt").text]
    assert "Cannot write .footnote/library.sqlite" in failed["summary"]
    assert [
        text for text in responses if "/machine" in text or str(tmp_path.parent.name) in text
    ] == []
    assert "CURRENT holds 'rubbish'" in responses[-1]
    assert chat.kept() == ["b.txt"]


def test_paths_are_removed_from_messages():
    folder = Path("/srv/my files/.footnote")
    for message, public in {
        "in /srv/my files/.footnote is": "in .footnote is",
        "/srv/my files/.footnote/uploads/a b.pdf: no": ".footnote/uploads/a b.pdf: no",
        "There are no files in /docs.": "There are no files in docs.",
        "at C:\\Users\\Ida\\a.txt now": "at a.txt now",
        "'/x/[a].txt' (/y/z)": "'[a].txt' (z)",
        "2 / 3, text/plain, </b>, and/or, 5 MB/s": "2 / 3, text/plain, </b>, and/or, 5 MB/s",
    }.items():
        assert strip_folders(message, folder) == public


# --- names and limits ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../.ssh/keys.txt", "keys.txt"),
        ("C:\\Users\\Ida\\Bericht.docx", "Bericht.docx"),
        ("/etc/passwd", "passwd"),
        ("..", "document"),
        ("", "document"),
        (" .hidden.txt", "hidden.txt"),
        ("...pdf", "document.pdf"),
        ("CON", "_CON"),
        ("nul.tar.txt", "_nul.tar.txt"),
        ("LPT1 .txt", "_LPT1.txt"),
        ("console.txt", "console.txt"),
        ("a.txt:stream", "a.txt_stream"),
        ("a\r\nb\x00c\u202e.txt", "a b c.txt"),
        ("U\u0308ber 100%.pdf", "Über 100%.pdf"),
        ("\u0645\u06cc\u200c\u062e.txt", "\u0645\u06cc\u200c\u062e.txt"),
        ("a.txt. . ", "a.txt"),
        ("報告書" * 100 + ".pdf", "報告書" * 21 + "報告" + ".pdf"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert safe_name(name) == safe


@given(st.text(st.characters(codec="utf-8"), max_size=300) | st.text("./\\ :\n\0aCON", max_size=9))
def test_every_name_is_safe(name):
    safe = safe_name(name)
    assert safe == safe_name(safe)
    assert 0 < len(safe.encode()) <= 200
    assert not set(safe) & set('/\\<>:"|?*\n\r\t\0')
    assert safe[0] not in ". "
    assert safe[-1] not in ". "


@given(st.text(st.characters(codec="utf-8"), max_size=99) | st.text("./\\ :\nACON", max_size=20))
def test_every_path_is_safe_and_stays_below_its_folder(path):
    safe = safe_path(path)
    assert safe == safe_path(safe)
    assert not refuse_path(safe)
    for part in safe.split("/"):
        assert 0 < len(part.encode()) <= 201
        assert not set(part) & set('/\\<>:"|?*\n\r\t\0')
        assert part[0] not in ". "
        assert part[-1] not in ". "


def test_a_hostile_name_stays_in_the_uploads_folder(chat, tmp_path):
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    answer = chat.send(("con.txt", "The bird."), (".git/aux/a|b.txt", "The dog."))
    assert [file["name"] for file in answer.json()["files"]] == ["_con.txt", "git/_aux/a_b.txt"]
    chat.wait(answer)
    new = {path for path in tmp_path.rglob("*.txt") if path.is_file()} - set(before)
    assert new == {chat.uploads / "git/_aux/a_b.txt", chat.uploads / "_con.txt"}


def test_paths_that_lead_out_or_are_too_long_are_refused(chat, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    for path, name, reason in (
        ("..\\../../evil.txt", "evil.txt", LEADS_OUT),
        ("goats/../../evil.txt", "goats/evil.txt", LEADS_OUT),
        ("/etc/evil.txt", "etc/evil.txt", LEADS_OUT),
        ("//host/evil.txt", "host/evil.txt", LEADS_OUT),
        ("C:/evil.txt", "C_/evil.txt", LEADS_OUT),
        ("a/" * 600 + "evil.txt", "a/" * 600 + "evil.txt", "its path has more than 1,000 bytes"),
    ):
        answer = chat.send((path, "The dog."))
        assert (answer.status_code, len(answer.json()["files"])) == (422, 1)
        assert answer.json()["error"].startswith(f"No file was added. {name}: {reason}")
    assert (chat.kept(), list(chat.documents())) == ([], ["a.txt"])
    assert {*tmp_path.rglob("*")} - {*before, chat.uploads} == set()


def test_files_beyond_the_limits_are_refused(chat, monkeypatch):
    monkeypatch.setattr(uploads, "max_file_bytes", lambda suffix: 100)
    monkeypatch.setattr(uploads, "MAX_FILES_PER_REQUEST", 3)
    monkeypatch.setattr(uploads, "MAX_STORED_FILES", 2)
    files = [("a.txt", "x" * 101), ("b.txt", "x" * 100), ("c.md", "y"), ("d.md", "z")]
    answer = chat.send(*files).json()
    assert [(file["status"], file["reason"][:35]) for file in answer["files"]] == [
        ("refused", "the file is larger than 0 MB; split"),
        *(("taken", ""), ("taken", "")),
        ("refused", "2 uploaded files are stored already"),
    ]
    monkeypatch.setattr(uploads, "MAX_FILES_PER_REQUEST", 1)
    monkeypatch.setattr(uploads, "MAX_STORED_FILES", 20)
    answer = chat.send(("e.txt", "1"), ("f.txt", "2")).json()
    assert answer["files"][1]["reason"].startswith("only 1 files can be added at a time")
    monkeypatch.setattr(uploads, "MIN_FREE_BYTES", 1 << 60)
    answer = chat.send(("g.txt", "1"))
    assert answer.json()["error"] == (
        "No file was added. g.txt: there is not enough free disk space"
    )
    assert [name for name in chat.kept() if name.startswith(".")] == []


def test_a_too_large_request_is_refused_while_it_arrives(chat, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_REQUEST_BYTES", 200_000)
    asked = 0

    def body():
        nonlocal asked
        yield b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n'
        for _ in range(20):
            asked += 1
            yield b"y" * 50_000

    kind = {"content-type": "multipart/form-data; boundary=x"}
    answer = chat.client.post("/footnote/documents", content=body(), headers=kind)
    assert (answer.status_code, answer.json()["error"][:20]) == (413, "The upload is larger")
    assert chat.kept() == []
    length = kind | {"content-length": str(2 << 30)}
    answer = chat.client.post("/footnote/documents", content=b"", headers=length)
    assert answer.status_code == 413


FULL = """
import sys
from pathlib import Path
from qa.chat.documents import uploads
uploads.MIN_FREE_BYTES = 0
uploads.shutil.disk_usage = lambda folder: uploads.shutil._ntuple_diskusage(9, 0, 1 << 30)
receiver = uploads.Receiver(Path(sys.argv[1]), "multipart/form-data; boundary=x")
for name in (b"a.txt", b"b.txt"):
    receiver.feed(b'--x\\r\\nContent-Disposition: form-data; filename="%s"\\r\\n\\r\\n' % name)
    for _ in range(30 if name == b"a.txt" else 1):
        receiver.feed(b"x" * 65536)
    receiver.feed(b"\\r\\n")
receiver.feed(b"--x--")
print(*(upload.reason or "taken" for upload in receiver.finish()), sep="; ")
receiver.discard()
print(list(Path(sys.argv[1]).iterdir()))
"""


def test_a_full_disk_refuses_the_file_and_accepts_the_next(tmp_path):
    """Also if another program fills the disk after the check of the free space."""
    script = 'mount -t tmpfs -o size=1m tmpfs "$3" || exit 77; "$1" -c "$2" "$3"'
    found = in_namespace(script, sys.executable, FULL, tmp_path)
    assert found.stderr == ""
    assert found.stdout == "it could not be saved: No space left on device; taken\n[]\n"


@pytest.mark.parametrize(
    ("body", "kind", "sentence"),
    [
        (b"x", "text/plain", "The request is not a file upload"),
        (b"x", "multipart/form-data", "The request is not a file upload"),
        (b"rubbish", "multipart/form-data; boundary=x", "The upload is damaged"),
        (b"", "multipart/form-data; boundary=x", "The upload is incomplete"),
        (b"--x\r\n" + b"a" * 20_000, "multipart/form-data; boundary=x", "The"),
        (
            b'--x\r\nContent-Disposition: form-data; filename="a.txt"\r\n\r\ncat\r\n',
            "multipart/form-data; boundary=x",
            "The upload is incomplete",
        ),
    ],
)
def test_an_invalid_form_is_refused(chat, body, kind, sentence):
    answer = chat.client.post("/footnote/documents", content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["error"][: len(sentence)]) == (400, sentence)
    assert chat.kept() == []


def test_a_form_without_files_is_refused(chat):
    answer = chat.client.post("/footnote/documents", files={"f": ("", b""), "g": (None, "x")})
    assert (answer.status_code, answer.json()["error"]) == (422, "No files were sent.")


def test_an_interrupted_request_leaves_nothing(chat):
    """The browser disconnects in the middle of the second file."""
    part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="%s.txt"\r\n\r\n%s\r\n'
    seen = []

    async def receive():
        if not seen:
            seen.append("")
            return {"type": "http.request", "body": part % (b"a", b"cat"), "more_body": True}
        if len(seen) == 1:
            seen.append(chat.kept())
            return {"type": "http.request", "body": part % (b"b", b"dog"), "more_body": True}
        seen.append(chat.kept())
        return {"type": "http.disconnect"}

    async def send(message):
        pass

    scope = {
        **{"type": "http", "method": "POST", "path": "/footnote/documents", "query_string": b""},
        "headers": [(b"content-type", b"multipart/form-data; boundary=x")],
    }
    asyncio.run(chat.client.app(scope, receive, send))
    assert [len(names) for names in seen[1:]] == [1, 2]
    assert all(name.startswith(".") for name in seen[2])
    assert chat.kept() == []
    assert chat.client.get("/footnote/jobs").json() == {"jobs": []}


# --- one job at a time, cancelled, interrupted --------------------------------------------------


def test_a_second_upload_waits_and_is_visible_to_all(slow):
    first = slow.send(("b.txt", "slow dog"))
    assert slow.encoder.reached.wait(30)
    second = slow.send(("c.txt", "bird"))
    others = slow.client.get("/footnote/jobs", headers={"x-owner": "bo"}).json()["jobs"]
    assert [(job["state"], job["done"], job["total"], job["mine"]) for job in others] == [
        *(("embedding", 0, 1, False), ("waiting", 0, 0, False)),
    ]
    assert others[1]["summary"] == "Waiting for earlier jobs to finish."
    slow.encoder.go_on.set()
    assert [slow.wait(answer)["generation"] for answer in (first, second)] == ["000002", "000003"]
    assert sorted(slow.documents()) == ["a.txt", "b.txt", "c.txt"]


def test_only_its_owner_can_cancel_a_job_and_nothing_is_left(slow):
    write_files(slow.uploads, {"kept.txt": "ship"})
    first = slow.send(("b.txt", "slow dog"))
    assert slow.encoder.reached.wait(30)
    second = slow.send(("c.txt", "bird"), ("b.txt", "another dog"))
    paths = [f"/footnote/jobs/{answer.json()['job']}" for answer in (first, second)]
    refused = slow.client.delete(paths[0], headers={"x-owner": "bo"})
    assert (refused.status_code, refused.json()["error"]) == (
        *(403, "Only the browser that started this job can cancel it."),
    )
    assert slow.kept() == ["b (2).txt", "b.txt", "c.txt", "kept.txt"]
    waiting = slow.client.delete(paths[1])
    assert (waiting.status_code, waiting.json()["state"]) == (202, "cancelled")
    assert waiting.json()["summary"] == "Cancelled. The documents were not changed."
    assert slow.kept() == ["b.txt", "kept.txt"]
    assert slow.client.delete(paths[0]).json()["state"] == "embedding"
    slow.encoder.go_on.set()
    ended = slow.wait(first)
    assert (ended["state"], ended["files"]) == (
        *("cancelled", [{"name": "b.txt", "status": "cancelled", "reason": ""}]),
    )
    assert (slow.kept(), list(slow.documents())) == (["kept.txt"], ["a.txt"])
    assert index.open_index(slow.folder).name == "000001"
    assert slow.client.delete(paths[0]).status_code == 409
    assert slow.client.delete("/footnote/jobs/x").status_code == 404
    assert slow.client.get("/footnote/jobs/x").status_code == 404
    # Texts that were already embedded are not embedded again.
    slow.encoder.embedded.clear()
    assert slow.wait(slow.send(("b.txt", "slow dog")))["state"] == "done"
    assert slow.encoder.embedded == []


def test_a_file_of_two_jobs_survives_the_cancelled_one(slow):
    first = slow.send(("b.txt", "slow dog"))
    assert slow.encoder.reached.wait(30)
    second = slow.send(("b.txt", "slow dog"))
    assert second.json()["files"][0]["kept_as"] == "b.txt"
    slow.client.delete(f"/footnote/jobs/{first.json()['job']}")
    slow.encoder.go_on.set()
    assert slow.wait(first)["state"] == "cancelled"
    assert slow.wait(second)["state"] == "done"
    assert (slow.kept(), sorted(slow.documents())) == (["b.txt"], ["a.txt", "b.txt"])


def test_a_browser_without_a_name_owns_no_job(slow):
    write_files(slow.uploads, {"kept.txt": "slow ship"})
    resumed = slow.store.resume()
    assert slow.encoder.reached.wait(30)
    nobody = {"x-owner": ""}
    sent = slow.send(("b.txt", "dog"), headers=nobody).json()["job"]
    found = slow.client.get("/footnote/jobs", headers=nobody).json()["jobs"]
    assert [(job["id"], job["mine"]) for job in found] == [(resumed.id, False), (sent, False)]
    for job in (resumed.id, sent):
        assert slow.client.delete(f"/footnote/jobs/{job}", headers=nobody).status_code == 403
    assert [job.state for job in slow.store.jobs.unfinished()] == ["embedding", "waiting"]


def test_jobs_are_limited_per_browser_and_in_total(slow, monkeypatch):
    assert (jobs.MAX_JOBS_PER_OWNER, jobs.MAX_JOBS) == (20, 100)
    monkeypatch.setattr(jobs, "MAX_JOBS_PER_OWNER", 2)
    monkeypatch.setattr(jobs, "MAX_JOBS", 3)
    slow.send(("b.txt", "slow dog"))
    assert slow.encoder.reached.wait(30)
    second = slow.send(("c.txt", "bird"))
    mine = "This browser already has 2 unfinished jobs, which is the limit. Try again when "
    for answer in (slow.send(("d.txt", "ship")), slow.remove("a.txt")):
        assert (answer.status_code, answer.json()["error"]) == (429, f"{mine}some have finished.")
    assert slow.remove("a.txt", headers={"x-owner": "bo"}).status_code == 202
    for answer in (
        slow.send(("d.txt", "ship"), headers={"x-owner": "eve"}),
        slow.remove("a.txt", headers={"x-owner": "eve"}),
    ):
        assert (answer.status_code, answer.json()["error"]) == (
            429,
            "The server already has 3 unfinished jobs, which is the limit. Try again when some "
            "have finished.",
        )
    assert slow.kept() == ["b.txt", "c.txt"]
    slow.client.delete(f"/footnote/jobs/{second.json()['job']}")
    assert slow.send(("d.txt", "ship")).status_code == 202


def test_a_document_is_not_removed_twice_at_the_same_time(slow):
    slow.wait(slow.send(("b.txt", "dog"), ("c.txt", "bird")))
    slow.send(("d.txt", "slow dog"))
    assert slow.encoder.reached.wait(30)
    first = slow.remove("b.txt")
    again = slow.remove("b.txt")
    assert (again.status_code, again.json()["error"]) == (
        *(409, f"No document was removed. b.txt: {ALREADY_BEING_REMOVED}"),
    )
    both = slow.remove("b.txt", "c.txt")
    assert both.json()["files"] == [
        {"name": "b.txt", "status": "refused", "reason": ALREADY_BEING_REMOVED},
        {"name": "c.txt", "status": "taken", "reason": ""},
    ]
    assert len(slow.store.jobs.unfinished()) == 3
    slow.client.delete(f"/footnote/jobs/{first.json()['job']}")
    third = slow.remove("b.txt")
    slow.encoder.go_on.set()
    assert slow.wait(both)["summary"] == slow.wait(third)["summary"] == "1 document removed."
    assert sorted(slow.documents()) == ["a.txt", "d.txt"]


def test_a_job_waits_for_a_build_of_another_process(chat, monkeypatch):
    lock = FileLock(chat.folder / "build.lock")
    lock.acquire()
    answer = chat.send(("b.txt", "The dog."))
    path = f"/footnote/jobs/{answer.json()['job']}"
    for _ in range(500):
        found = chat.client.get(path).json()
        if found["total"]:
            break
        time.sleep(0.02)
    assert (found["state"], found["total"]) == ("waiting", manage.BUILD_TIMEOUT)
    assert found["summary"].startswith("Waiting for another build of the index")
    lock.release()
    assert chat.wait(answer)["state"] == "done"

    monkeypatch.setattr(manage, "BUILD_TIMEOUT", 1)
    with lock:
        failed = chat.wait(chat.send(("c.txt", "The bird.")))
    assert failed["state"] == "failed"
    assert failed["summary"].startswith("Another build of the index in .footnote is running")
    assert chat.kept() == ["b.txt"]


def test_uploads_are_resumed_after_a_restart(slow):
    slow.send(("b.txt", "slow dog"))
    assert slow.encoder.reached.wait(30)
    slow.send(("goats/c.txt", "bird"))
    threading.Timer(0.2, slow.encoder.go_on.set).start()
    slow.store.close()
    kept = ["b.txt", "goats", "goats/c.txt"]
    assert (slow.kept(), list(slow.documents())) == (kept, ["a.txt"])
    write_files(slow.uploads, {".old.part": "x", ".new.part": "y"})
    os.utime(slow.uploads / ".old.part", (0, 0))

    slow.start(read_only=True)
    assert slow.store.resume() is None
    slow.start()
    job = slow.store.resume()
    assert [file.name for file in job.files] == ["b.txt", "goats/c.txt"]
    while job.state not in jobs.FINAL_STATES:
        time.sleep(0.02)
    assert (job.state, sorted(slow.documents())) == ("done", ["a.txt", "b.txt", "goats/c.txt"])
    assert slow.kept() == [".new.part", *kept]
    assert slow.store.resume() is None


def test_a_cancelled_upload_is_not_resumed(slow):
    first = slow.send(("b.txt", "slow dog"))
    assert slow.encoder.reached.wait(30)
    slow.send(("c.txt", "bird"))
    slow.client.delete(f"/footnote/jobs/{first.json()['job']}")
    threading.Timer(0.2, slow.encoder.go_on.set).start()
    slow.store.close()
    assert slow.kept() == ["c.txt"]
    slow.start()
    assert [file.name for file in slow.store.resume().files] == ["c.txt"]


def test_an_unreadable_leftover_is_tried_once(chat):
    write_files(chat.uploads, {"bad.pdf": "x"})
    job = chat.store.resume()
    while job.state not in jobs.FINAL_STATES:
        time.sleep(0.02)
    assert (job.state, job.files[0].reason, chat.kept()) == ("failed", NO_PDF, [])
    assert chat.store.resume() is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_unexpected_error_fails_the_job_and_the_next_one_runs(chat):
    chat.encoder.fails_at = "bird"
    failed = chat.wait(chat.send(("b.txt", "The bird.")))
    assert (failed["state"], failed["summary"]) == (
        "failed",
        "An unexpected error occurred. The terminal that runs Footnote shows details.",
    )
    assert chat.kept() == []
    assert chat.wait(chat.send(("c.txt", "The dog.")))["state"] == "done"


def test_a_failed_job_gives_reasons_only_of_files_that_cannot_be_read(chat, monkeypatch):
    def fail(*_, **__):
        raise StorageFailed("The disk is full.")

    monkeypatch.setattr("index.build", fail)
    monkeypatch.setattr("index.remove", fail)
    for answer, files in (
        (chat.remove("a.txt"), {"a.txt": ""}),
        (chat.send(("bad.pdf", b"x"), ("b.txt", "The dog.")), {"bad.pdf": NO_PDF, "b.txt": ""}),
    ):
        failed = chat.wait(answer)
        assert (failed["state"], failed["summary"]) == ("failed", "The disk is full.")
        assert failed["files"] == [
            {"name": name, "status": "failed", "reason": reason} for name, reason in files.items()
        ]


# --- removal -----------------------------------------------------------------------------------


def test_removal_deletes_uploaded_files_and_no_others(chat):
    chat.wait(chat.send(("b [1] *.txt", "The dog."), ("b 1.txt", "The bird.")))
    answer = chat.remove("b _1.txt")
    assert (answer.status_code, answer.json()["error"]) == (
        *(404, "There is no document 'b _1.txt'; it may be removed already."),
    )
    answer = chat.remove("a.txt", "b [1] _.txt", "a.txt")
    assert answer.json()["files"] == [
        {"name": "a.txt", "status": "taken", "reason": ORIGINAL_FILE_STAYS},
        {"name": "b [1] _.txt", "status": "taken", "reason": ""},
    ]
    done = chat.wait(answer)
    assert (done["state"], done["kind"]) == ("done", "remove")
    assert done["summary"] == "2 documents removed. 1 file was left on the disk."
    assert [file["status"] for file in done["files"]] == ["removed", "removed"]
    assert (chat.kept(), list(chat.documents())) == (["b 1.txt"], ["b 1.txt"])
    assert (chat.docs / "a.txt").exists()
    assert chat.documents()["b 1.txt"]["removable"]
    last = chat.wait(chat.remove("b 1.txt"))
    assert (last["state"], last["summary"]) == ("done", "1 document removed.")
    assert (chat.kept(), list(chat.documents())) == ([], [])
    assert chat.remove().status_code == 422


def test_read_only_documents_cannot_be_changed(chat):
    chat.start(read_only=True)
    for answer in (chat.send(("b.txt", "x")), chat.remove("a.txt")):
        assert (answer.status_code, answer.json()["error"]) == (
            *(403, "This chat is read-only: its documents cannot be changed."),
        )
    assert not chat.documents()["a.txt"]["removable"]
    assert chat.kept() == []


def test_the_first_upload_creates_the_index(tmp_path):
    chat = Chat(tmp_path, WordEncoder())
    chat.folder = tmp_path / "new"
    chat.uploads = chat.folder / "uploads"
    chat.start()
    found = chat.client.get("/footnote/documents").json()
    assert (found["documents"], found["generation"]) == ([], None)
    assert chat.wait(chat.send(("bad.txt", b"\0")))["state"] == "failed"
    assert chat.kept() == []
    assert chat.wait(chat.send(("b.txt", "The dog.")))["state"] == "done"
    assert list(chat.documents()) == ["b.txt"]


# --- concurrent answers -----------------------------------------------------------------------


def test_questions_are_answered_while_documents_change(chat):
    stop, problems, seen = threading.Event(), [], set()
    options = {"index": chat.folder, "encoder": WordEncoder(), "reader": NONE}

    def read() -> None:
        while not stop.is_set():
            try:
                found = retrieve("Who visited Oslo?", where=of_documents(["a.txt"]), **options)
                assert [passage.document.id for passage in found] == ["a.txt"]
                seen.add(len(retrieve("cat dog bird", top_k=20, **options)))
            except Exception as error:  # Reported by the test's last lines.
                problems.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(5):
        texts = [(f"{n}.txt", f"dog {number} {n}") for n in range(10)]
        assert chat.wait(chat.send(*texts))["state"] == "done"
        names = [name for name, document in chat.documents().items() if document["uploaded"]]
        assert chat.wait(chat.remove(*names))["state"] == "done"
    stop.set()
    for thread in threads:
        thread.join()
    assert problems == []
    assert {1, 11} <= seen
    assert (chat.kept(), index.open_index(chat.folder).name) == ([], "000011")
