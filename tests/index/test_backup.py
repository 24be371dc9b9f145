"""Backup of a whole index during builds and questions, and restoring it elsewhere."""

import io
import json
import sqlite3
import tarfile
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from makings import WordEncoder

import index
import qa
from index import FootnoteError, IndexBusy, IndexDamaged, IndexNotFound
from index.backup import back_up, restore
from index.manifest import EngineRecord, read_manifest, write_manifest
from index.progress import ignore_progress
from index.store.generation import open_index, read_live_name
from index.store.lock import hold_lock
from qa.cli import main as cli
from qa.history.conversations import Conversations

OWNER = "a" * 64


@pytest.fixture
def home(tmp_path):
    """The folder of an index with a document from elsewhere and one that was sent to it."""
    home = tmp_path / "here" / ".footnote"
    (home / "uploads").mkdir(parents=True)
    (tmp_path / "harbour.txt").write_text("The harbour is kept by Ida Holm.\n")
    (home / "uploads" / "light.txt").write_text("The lighthouse is kept by Nora Vale.\n")
    paths = [tmp_path / "harbour.txt", home / "uploads" / "light.txt"]
    index.build(paths, index=home, encoder=WordEncoder())
    return home


def ask(home, question="Who keeps the lighthouse?"):
    encoder = WordEncoder()
    return qa.ask(question, index=home, encoder=encoder, reader=qa.NONE, threshold=0.0)


def test_restored_elsewhere_it_answers_as_before(home, tmp_path):
    found = ask(home)
    kept = Conversations(home)
    turn = kept.add(OWNER, kept.new(OWNER).id, found.question, found, (), threshold=0.0)
    file, there = tmp_path / "kept.tar", tmp_path / "there" / "index"
    assert back_up(file, index=home) == restore(file, index=there) == "000001"
    assert file.stat().st_mode & 0o777 == 0o600
    again = ask(there)
    assert (again.text, again.probability) == (found.text, found.probability)
    assert again.citations[0].uri == found.citations[0].uri
    assert qa.check(found.citations[0].uri, index=there).status == "valid"
    assert again.citations[0].source == str(there / "uploads" / "light.txt")
    assert Conversations(there).turn(OWNER, turn.id).question == found.question
    assert sorted(path.name for path in tmp_path.glob("*kept*")) == ["kept.tar"]
    # The restored index can be updated: uploads have new paths and are deleted with documents.
    report = index.build([there / "uploads"], index=there, encoder=WordEncoder())
    assert report.unchanged == ("harbour.txt", "light.txt")
    assert report.embedded == 0
    index.remove(["light.txt"], index=there, encoder=WordEncoder())
    assert not (there / "uploads" / "light.txt").exists()
    assert (home / "uploads" / "light.txt").exists()


def test_uploads_that_are_links_are_restored_as_files(home, tmp_path):
    uploads = home / "uploads"
    (uploads / "hard.txt").hardlink_to(uploads / "light.txt")
    (uploads / "soft.txt").symlink_to(uploads / "light.txt")
    back_up(tmp_path / "kept.tar", index=home)
    restore(tmp_path / "kept.tar", index=tmp_path / "there")
    restored = sorted((tmp_path / "there" / "uploads").iterdir())
    assert [path.name for path in restored] == ["hard.txt", "light.txt", "soft.txt"]
    assert not any(path.is_symlink() for path in restored)
    assert len({path.read_text() for path in restored}) == 1


def test_the_folder_of_an_index_may_be_moved(home):
    moved = home.rename(home.with_name("moved"))
    (entry,) = [e for e in open_index(moved).manifest.documents if e.id == "light.txt"]
    assert entry.source == str(moved / "uploads" / "light.txt")
    (other,) = [e for e in open_index(moved).manifest.documents if e.id == "harbour.txt"]
    assert other.source == str(moved.parent.parent / "harbour.txt")


def test_backups_during_builds_and_conversations_are_complete(home, tmp_path):
    stop, failed = threading.Event(), []
    kept = Conversations(home)
    found = ask(home)

    def until_stopped(work):
        number = 0
        try:
            while not stop.is_set():
                number += 1
                work(number)
        except Exception as error:
            failed.append(error)

    def build(number):
        (tmp_path / "harbour.txt").write_text(f"The harbour was kept by keeper {number}.\n")
        prune = number % 3 == 0
        paths = [tmp_path / "harbour.txt"]
        index.build(paths, index=home, encoder=WordEncoder(), prune=prune, patience=60)

    def talk(_):
        kept.add(OWNER, kept.new(OWNER).id, "Who?", found, (), threshold=0.0)

    threads = [threading.Thread(target=until_stopped, args=(work,)) for work in (build, talk)]
    for thread in threads:
        thread.start()
    names, turns = [], []
    try:
        # On a slow machine, eight may be taken before the first build has ended.
        while not failed and (len(names) < 8 or len(set(names)) < 2):
            number = len(names)
            there = tmp_path / f"there{number}"
            names.append(back_up(tmp_path / f"{number}.tar", index=home))
            assert restore(tmp_path / f"{number}.tar", index=there) == names[-1]
            assert read_live_name(there) == names[-1]
            assert ask(there).text == found.text
            harbour = open_index(there).document_by_id("harbour.txt").text
            assert harbour.startswith("The harbour ")
            for name in ("library", "conversations"):
                with closing(sqlite3.connect(there / f"{name}.sqlite")) as database:
                    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            turns.append(len(Conversations(there).list_conversations(OWNER)))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failed == []
    assert names == sorted(names)
    assert turns == sorted(turns)


def test_a_backup_leaves_out_rows_on_a_server(home, tmp_path):
    engine = EngineRecord("milvus", "http://127.0.0.1:1", "abc", home.stat().st_ino)
    manifest = replace(read_manifest(home, "000001"), engine=engine)
    write_manifest(home / "generations" / "000001" / "manifest.json", manifest, home)
    back_up(tmp_path / "kept.tar", index=home)
    restore(tmp_path / "kept.tar", index=tmp_path / "there")
    assert read_manifest(tmp_path / "there", "000001").engine == engine


def test_nothing_is_overwritten(home, tmp_path):
    file = tmp_path / "kept.tar"
    file.write_text("mine")
    with pytest.raises(FootnoteError, match=r"kept\.tar already exists"):
        back_up(file, index=home)
    assert file.read_text() == "mine"
    back_up(tmp_path / "other.tar", index=home)
    with pytest.raises(FootnoteError, match=r"The folder .* is not empty"):
        restore(tmp_path / "other.tar", index=home)
    assert ask(home).answered


def test_a_failed_backup_leaves_nothing(home, tmp_path):
    with pytest.raises(IndexNotFound):
        back_up(tmp_path / "kept.tar", index=tmp_path / "none")
    with pytest.raises(FootnoteError, match="Cannot read or write"):
        back_up(tmp_path / "no folder" / "kept.tar", index=home)
    (home / "generations" / "000001" / "dense.faiss").write_bytes(b"x")
    before = sorted(tmp_path.iterdir())
    with pytest.raises(IndexDamaged, match="is damaged"):
        back_up(tmp_path / "kept.tar", index=home)
    assert sorted(tmp_path.iterdir()) == before


def test_a_text_that_was_altered_is_found_before_it_is_relied_on(home, tmp_path):
    with closing(sqlite3.connect(home / "library.sqlite")) as database, database:
        database.execute("UPDATE texts SET text = replace(text, 'Nora', 'Dora')")
    with pytest.raises(IndexDamaged, match="another text"):
        back_up(tmp_path / "kept.tar", index=home)
    assert not (tmp_path / "kept.tar").exists()


def cut(data):
    return data[: len(data) // 2]


def altered(data):
    place = data.index(b"Nora Vale")
    return data[:place] + b"Nora Vald" + data[place + 9 :]


def lies(**more):
    def archive(_):
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as tar:
            member = tarfile.TarInfo("x")
            for name, value in more.items():
                setattr(member, name, value)
            tar.addfile(member)
        return stream.getvalue()

    return archive


@pytest.mark.parametrize(
    "spoil",
    [
        cut,
        altered,
        lambda data: b"",
        lambda data: b"hello" * 1000,
        lies(name="../outside"),
        lies(name="/tmp/outside"),
        lies(name="library.sqlite", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        lies(name="pipe", type=tarfile.FIFOTYPE),
        lies(name="CURRENT"),
    ],
)
def test_a_damaged_backup_is_refused_and_leaves_nothing(home, tmp_path, spoil):
    file, there = tmp_path / "kept.tar", tmp_path / "there"
    back_up(file, index=home)
    file.write_bytes(spoil(file.read_bytes()))
    with pytest.raises(IndexDamaged):
        restore(file, index=there)
    assert list(there.iterdir()) == []
    assert not (tmp_path / "outside").exists()
    assert not Path("/tmp/outside").exists()


def test_the_commands_report_what_was_done(home, tmp_path, capsys):
    def run(*words):
        code = cli.main([*map(str, words)], chat=lambda arguments: None)
        return code, *capsys.readouterr()

    file, there = tmp_path / "kept.tar", tmp_path / "there"
    code, said, _ = run("backup", file, "--index", home)
    assert (code, said[:20]) == (0, "Generation 000001 is")
    code, said, _ = run("restore", file, "--index", there, "--json")
    assert (code, json.loads(said)) == (0, {"generation": "000001", "folder": str(there)})
    code, said, failed = run("restore", file, "--index", there)
    assert (code, said) == (1, "")
    assert failed.startswith(f"footnote: The folder {there} is not empty")


def test_a_new_file_system_counts_as_an_empty_folder(home, tmp_path):
    file, there = tmp_path / "kept.tar", tmp_path / "mounted"
    back_up(file, index=home)
    (there / "lost+found" / "#12").mkdir(parents=True)
    (there / ".restoring-dead" / "generations").mkdir(parents=True)
    assert restore(file, index=there) == "000001"
    assert ask(there).text == ask(home).text
    assert (there / "lost+found" / "#12").is_dir()
    assert not list(there.glob(".restoring-*"))


def test_what_others_put_into_the_folder_meanwhile_stays(home, tmp_path, monkeypatch):
    file, there = tmp_path / "kept.tar", tmp_path / "there"
    back_up(file, index=home)

    def verify(folder, name):
        assert not (there / "CURRENT").exists()
        (there / "library.sqlite").write_text("of somebody else")
        (there / "notes").mkdir()

    monkeypatch.setattr("index.backup._verify_generation", verify)
    with pytest.raises(FootnoteError, match=r"is not empty \(it holds 'library\.sqlite'\)"):
        restore(file, index=there)
    assert sorted(path.name for path in there.iterdir()) == ["library.sqlite", "notes"]
    assert (there / "library.sqlite").read_text() == "of somebody else"


@pytest.mark.parametrize("stopped_at", ["CURRENT", "library.sqlite"])
def test_a_restore_that_is_stopped_while_it_moves_leaves_nothing(
    home, tmp_path, monkeypatch, stopped_at
):
    file, there, rename = tmp_path / "kept.tar", tmp_path / "there", Path.rename
    back_up(file, index=home)

    def stop(path, target):
        if path.name == stopped_at and Path(target).parent == there:
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", stop)
    with pytest.raises(KeyboardInterrupt):
        restore(file, index=there)
    assert list(there.iterdir()) == []


def test_a_restore_does_not_go_into_a_build(home, tmp_path):
    file, there = tmp_path / "kept.tar", tmp_path / "there"
    back_up(file, index=home)
    with hold_lock(there, 0, ignore_progress), pytest.raises(IndexBusy, match="is running"):
        restore(file, index=there)
    assert [path.name for path in there.iterdir()] == ["build.lock"]


def test_others_are_told_that_a_restore_runs(home, tmp_path, monkeypatch):
    file, there = tmp_path / "kept.tar", tmp_path / "there"
    back_up(file, index=home)

    def build(folder, name):
        index.build([tmp_path / "harbour.txt"], index=there, encoder=WordEncoder())

    monkeypatch.setattr("index.backup._verify_generation", build)
    with pytest.raises(IndexBusy, match=r"A restore of the index in .* is running \(process \d+"):
        restore(file, index=there)


def test_a_restored_database_has_the_mode_that_it_had(home, tmp_path):
    (home / "library.sqlite").chmod(0o640)
    back_up(tmp_path / "kept.tar", index=home)
    restore(tmp_path / "kept.tar", index=tmp_path / "there")
    assert (tmp_path / "there" / "library.sqlite").stat().st_mode & 0o777 == 0o640


def test_documents_from_memory_are_restored_with_their_files_and_metadata(home, tmp_path):
    encoder = WordEncoder()
    index.add(
        {"notes/7": "The ferry is kept by Ola."},
        metadata={"year": 2024},
        index=home,
        encoder=encoder,
    )
    file, there = tmp_path / "kept.tar", tmp_path / "there"
    back_up(file, index=home)
    restore(file, index=there)
    (entry,) = [
        e for e in open_index(there, encoder=encoder).manifest.documents if e.id == "notes/7"
    ]
    assert entry.metadata == {"year": 2024}
    assert Path(entry.source).read_text() == "The ferry is kept by Ola."
    assert Path(entry.source).is_relative_to(there)
    # It is still a document of the index when this is built again.
    report = index.build([tmp_path / "harbour.txt"], index=there, encoder=encoder)
    assert len(report.unchanged) == 3
