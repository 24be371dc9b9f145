"""build() redoes only what changed, reports it, and never harms the live index."""

import contextlib
import io
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unicodedata
import zipfile
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from makings import VOCABULARY, WordEncoder, write_files

import index
import qa
from index.errors import (
    EncoderMismatch,
    FootnoteError,
    IndexDamaged,
    InvalidArgument,
    NoMatch,
    UnreadableFile,
)
from index.extract import sandbox
from index.ingest import rows
from index.ingest.scan import is_under
from index.store import generation, write
from index.store.generation import open_index, read_live_name

NO_CHANGE = ((), (), ())


@pytest.fixture
def docs(tmp_path) -> Path:
    return tmp_path / "docs"


@pytest.fixture
def build(tmp_path, word_encoder):
    """Return a function that builds the test's index with the test's encoder."""

    def run(*paths: Path, encoder: WordEncoder | None = word_encoder) -> index.BuildReport:
        return index.build(paths, index=tmp_path / "index", encoder=encoder)

    return run


@pytest.fixture
def live(tmp_path):
    """Return a function that returns the texts of the live index's documents by id."""

    def documents() -> dict[str, str]:
        opened = open_index(tmp_path / "index")
        return {e.id: opened.document_by_id(e.id).text for e in opened.manifest.documents}

    return documents


def changes(report: index.BuildReport) -> tuple[tuple[str, ...], ...]:
    return report.added, report.changed, report.removed


# --- what changed -------------------------------------------------------------------------------


def test_report_names_what_was_added_changed_removed_and_left(docs, build, live, word_encoder):
    write_files(docs, {"a.txt": "cat", "b.txt": "dog", "sub/c.txt": "bird"})
    first = build(docs)
    assert changes(first) == (("a.txt", "b.txt", "sub/c.txt"), (), ())
    assert (first.unchanged, first.skipped) == ((), ())
    assert (first.chunks, first.embedded, first.generation) == (3, 3, "000001")

    write_files(docs, {"b.txt": "ship", "d.txt": "river"})
    (docs / "sub" / "c.txt").unlink()
    word_encoder.embedded.clear()
    second = build(docs)
    assert changes(second) == (("d.txt",), ("b.txt",), ("sub/c.txt",))
    assert second.unchanged == ("a.txt",)
    assert (second.chunks, second.embedded, second.generation) == (3, 2, "000002")
    assert word_encoder.embedded == ["ship", "river"]
    assert live() == {"a.txt": "cat", "b.txt": "ship", "d.txt": "river"}


def test_nothing_changed_nothing_embedded(docs, build, word_encoder):
    write_files(docs, {"a.txt": "cat", "b.md": "# Dog\n\nA dog."})
    build(docs)
    word_encoder.embedded.clear()
    report = build(docs)
    assert changes(report) == NO_CHANGE
    assert (report.unchanged, report.embedded) == (("a.txt", "b.md"), 0)
    assert word_encoder.embedded == []


def test_other_bytes_of_the_same_text_are_no_change(docs, build):
    write_files(docs, {"a.txt": b"cat\ndog"})
    build(docs)
    write_files(docs, {"a.txt": b"\xef\xbb\xbfcat\r\ndog"})
    report = build(docs)
    assert (report.unchanged, report.embedded) == (("a.txt",), 0)


def test_moved_and_renamed_file_is_not_embedded_again(docs, build, live, word_encoder):
    write_files(docs, {"a.txt": "The cat.", "b.txt": "The dog."})
    build(docs)
    (docs / "sub").mkdir()
    (docs / "a.txt").rename(docs / "sub" / "moved.txt")
    word_encoder.embedded.clear()
    report = build(docs)
    assert changes(report) == NO_CHANGE
    assert report.moved == (("a.txt", "sub/moved.txt"),)
    assert (report.embedded, word_encoder.embedded) == (0, [])
    assert live() == {"b.txt": "The dog.", "sub/moved.txt": "The cat."}


def test_same_content_twice_is_kept_once(tmp_path, docs, build, word_encoder):
    write_files(docs, {"a.txt": "The cat.", "b.txt": "The cat."})
    report = build(docs)
    assert report.added == ("a.txt", "b.txt")
    assert (report.chunks, report.embedded) == (1, 1)
    assert word_encoder.embedded == ["The cat."]
    opened = open_index(tmp_path / "index")
    assert opened.document(0).also == ("b.txt",)
    assert opened.document_by_id("b.txt").also == ("a.txt",)
    assert list(opened.lexical.search("b", 9)) == [0]  # It is found under both names.


def test_text_that_returns_is_not_embedded_again(docs, build):
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    write_files(docs, {"a.txt": "dog"})
    build(docs)
    write_files(docs, {"a.txt": "cat"})
    assert build(docs).embedded == 0


def test_title_and_heading_are_embedded_with_the_text(docs, build, word_encoder):
    write_files(docs, {"a.md": "# Report\n\nOpening.\n\n## Costs\n\nThey rose."})
    build(docs)
    assert sorted(word_encoder.embedded) == [
        "# Report\n\nOpening.",
        "Report\n## Costs\n\nThey rose.",
    ]


def test_document_without_a_line_for_a_title_is_named_by_its_file(docs, build, tmp_path):
    write_files(docs, {"the-plan.txt": "!!! ???"})
    build(docs)
    assert open_index(tmp_path / "index").manifest.documents[0].title == "the-plan"


def test_progress_counts_files_and_texts(docs, tmp_path, word_encoder):
    write_files(docs, {"a.txt": "cat", "b.txt": "dog"})
    seen = []
    index.build(
        [docs],
        index=tmp_path / "index",
        encoder=word_encoder,
        progress=lambda *stage: seen.append(stage),
    )
    assert seen == [
        *(("reading", 0, 2), ("reading", 1, 2), ("reading", 2, 2)),
        *(("cutting", 0, 2), ("cutting", 1, 2), ("cutting", 2, 2)),
        *(("embedding", 0, 2), ("embedding", 2, 2)),
        *(("writing", 0, 1), ("writing", 1, 1)),
    ]


# --- several roots ------------------------------------------------------------------------------


def test_documents_from_elsewhere_stay(tmp_path, build, live):
    one = write_files(tmp_path / "one", {"a.txt": "cat"})
    two = write_files(tmp_path / "two", {"b.txt": "dog"})
    build(one)
    report = build(two)
    assert changes(report) == (("b.txt",), (), ())
    assert report.unchanged == ("a.txt",)
    assert live() == {"a.txt": "cat", "b.txt": "dog"}


def test_folder_whose_name_begins_like_another_is_elsewhere(tmp_path, build, live):
    write_files(tmp_path, {"docs/a.txt": "cat", "docs-old/b.txt": "dog"})
    build(tmp_path / "docs-old")
    build(tmp_path / "docs")
    assert live() == {"a.txt": "cat", "b.txt": "dog"}


def test_single_file_is_renewed_alone(tmp_path, docs, build, live):
    write_files(docs, {"a.txt": "cat", "b.txt": "dog"})
    build(docs)
    write_files(docs, {"a.txt": "ship", "b.txt": "river"})
    report = build(docs / "a.txt")
    assert changes(report) == ((), ("a.txt",), ())
    assert live() == {"a.txt": "ship", "b.txt": "dog"}


def test_same_relative_path_in_two_roots_gets_two_ids(tmp_path, build, live):
    one = write_files(tmp_path / "one", {"a.txt": "cat"})
    two = write_files(tmp_path / "two", {"a.txt": "dog"})
    assert build(one, two).added == ("a.txt", "two/a.txt")
    assert live() == {"a.txt": "cat", "two/a.txt": "dog"}
    assert changes(build(two, one)) == NO_CHANGE
    assert changes(build(two)) == NO_CHANGE
    assert live() == {"a.txt": "cat", "two/a.txt": "dog"}


def test_new_file_does_not_take_the_id_of_a_known_one(tmp_path, build, live):
    one = write_files(tmp_path / "one", {"a.txt": "cat"})
    two = write_files(tmp_path / "two", {"a.txt": "dog"})
    build(one)
    report = build(two, one)
    assert changes(report) == (("two/a.txt",), (), ())
    assert live() == {"a.txt": "cat", "two/a.txt": "dog"}


def test_third_file_of_the_same_relative_path_is_named_with_more_folders(tmp_path, build, live):
    folders = [tmp_path / name / "x" for name in ("one", "two", "six")]
    for folder, word in zip(folders, ("cat", "dog", "bird"), strict=True):
        write_files(folder, {"a.txt": word})
    build(*folders)
    assert live() == {"a.txt": "cat", "x/a.txt": "dog", "six/x/a.txt": "bird"}


def test_folder_given_twice_is_read_once(tmp_path, docs, build, live):
    write_files(docs, {"a.txt": "cat", "sub/b.txt": "dog"})
    assert build(docs, docs / "sub", docs / "a.txt").added == ("a.txt", "sub/b.txt")
    assert live() == {"a.txt": "cat", "sub/b.txt": "dog"}


# --- which files --------------------------------------------------------------------------------


def test_hidden_files_are_left_out(docs, build):
    write_files(docs, {"a.txt": "cat", ".hidden.txt": "bird", ".git/b.txt": "ship"})
    report = build(docs)
    assert (report.added, report.skipped) == (("a.txt",), ())


def skipped_links(report: index.BuildReport, docs: Path) -> dict[str, str]:
    reasons = {os.path.relpath(file.path, docs): file.reason for file in report.skipped}
    assert all(reason.startswith("a symbolic link that leads") for reason in reasons.values())
    return {name: reason.rpartition("leads ")[2] for name, reason in reasons.items()}


def test_links_that_lead_out_of_the_folder_or_nowhere_are_skipped_and_listed(tmp_path, docs, build):
    elsewhere = write_files(tmp_path / "docs-old", {"secret.txt": "dog"})
    write_files(docs, {"a.txt": "cat", "sub/b.txt": "bird"})
    (docs / "file.txt").symlink_to(elsewhere / "secret.txt")
    (docs / "sub" / "folder").symlink_to(elsewhere)
    (docs / "up").symlink_to(tmp_path)
    (docs / "twice.txt").symlink_to(docs / "file.txt")
    (docs / "gone.txt").symlink_to("nothing.txt")
    (docs / "round").symlink_to("round")
    (docs / ".hidden").symlink_to(elsewhere)
    report = build(docs)
    assert report.added == ("a.txt", "sub/b.txt")
    assert skipped_links(report, docs) == {
        **dict.fromkeys(("file.txt", "sub/folder", "twice.txt", "up"), "outside the folder"),
        **dict.fromkeys(("gone.txt", "round"), "nowhere"),
    }
    assert build(elsewhere).skipped == report.skipped  # Those of another folder stay listed.


def test_links_that_lead_into_the_folder_are_followed_and_each_file_is_read_once(docs, build, live):
    write_files(docs, {"a.txt": "cat", "sub/b.txt": "bird", ".v1/c.txt": "ship"})
    write_files(docs, {".v1/deep/d.txt": "dog", ".v2/c.txt": "river"})
    for name, target in {
        "0-first.txt": "a.txt",  # Before the file that it leads to.
        "again": "sub",
        "loop": ".",
        "sub/up": "..",
        "now": ".v1",
        ".v1/deep/down": "../../.v1",
        "single.txt": ".v2/c.txt",
        "z-single.txt": "single.txt",
    }.items():
        (docs / name).symlink_to(target)
    report = build(docs)
    found = {"a.txt": "cat", "sub/b.txt": "bird", "now/c.txt": "ship", "now/deep/d.txt": "dog"}
    assert live() == {**found, "single.txt": "river"}
    assert report.skipped == ()
    assert changes(build(docs, docs / "sub", docs / "loop")) == NO_CHANGE

    (docs / "now").unlink()
    (docs / "now").symlink_to(".v2")
    assert changes(build(docs)) == ((), ("now/c.txt",), ("now/deep/d.txt", "single.txt"))


def test_document_that_a_link_leads_to_is_removed_by_its_path(
    tmp_path, docs, build, live, word_encoder
):
    write_files(docs, {"a.txt": "cat", ".store/1f": "bird", ".v1/c.txt": "ship"})
    (docs / "b.txt").symlink_to(".store/1f")
    (docs / "now").symlink_to(".v1")
    build(docs)
    paths = [str(docs / "b.txt"), str(docs / "now")]
    index.remove(paths, index=tmp_path / "index", encoder=word_encoder)
    assert live() == {"a.txt": "cat"}


def test_links_from_one_given_folder_into_another_are_followed(tmp_path, build, live):
    write_files(tmp_path, {"one/a.txt": "cat", "two/b.txt": "dog", "two/.c/d.txt": "bird"})
    (tmp_path / "one" / "b.txt").symlink_to("../two/b.txt")
    (tmp_path / "one" / "c").symlink_to("../two/.c")
    report = build(tmp_path / "one", tmp_path / "two")
    assert report.skipped == ()
    assert live() == {"a.txt": "cat", "b.txt": "dog", "c/d.txt": "bird"}


def test_one_bad_file_is_skipped_with_its_reason(docs, build, tmp_path):
    write_files(docs, {"a.txt": "cat", "b.txt": b"a\0b", "c.doc": "dog", "d.txt": ""})
    report = build(docs)
    assert report.added == ("a.txt",)
    reasons = {Path(skipped.path).name: skipped.reason for skipped in report.skipped}
    assert list(reasons) == ["b.txt", "c.doc", "d.txt"]
    assert reasons["b.txt"] == "the file is binary, not text"
    assert reasons["c.doc"].startswith("the type .doc is not supported")
    assert reasons["d.txt"] == "the file is empty"
    assert open_index(tmp_path / "index").manifest.skipped == report.skipped


def test_document_that_became_unreadable_is_removed_and_reported(docs, build, live):
    write_files(docs, {"a.txt": "cat", "b.txt": "dog"})
    build(docs)
    write_files(docs, {"b.txt": b"\0"})
    report = build(docs)
    assert changes(report) == ((), (), ("b.txt",))
    assert [Path(skipped.path).name for skipped in report.skipped] == ["b.txt"]
    assert live() == {"a.txt": "cat"}


def test_file_that_cannot_be_opened_is_skipped(docs, build, monkeypatch):
    write_files(docs, {"a.txt": "cat", "b.txt": "dog"})
    read = Path.read_bytes

    def refuse(path: Path) -> bytes:
        if path.name == "b.txt":
            raise PermissionError(13, "Permission denied", str(path))
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    report = build(docs)
    assert report.added == ("a.txt",)
    assert report.skipped[0].reason == "it cannot be opened: Permission denied"


def test_folder_that_cannot_be_opened_is_reported(docs, build, monkeypatch):
    write_files(docs, {"a.txt": "cat", "closed/b.txt": "dog"})
    scan = os.scandir

    def refuse(path):
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    report = build(docs)
    assert report.added == ("a.txt",)
    assert [skipped.path for skipped in report.skipped] == [str(docs / "closed")]
    assert report.skipped[0].reason == "the folder cannot be opened; check its permissions"


def test_file_whose_name_is_not_utf8_is_skipped(docs, build):
    write_files(docs, {"a.txt": "cat"})
    try:
        Path(os.fsdecode(os.fsencode(docs) + b"/caf\xe9.txt")).write_text("dog")
    except OSError:
        pytest.skip("this file system takes no such name")
    report = build(docs)
    assert report.added == ("a.txt",)
    assert report.skipped[0].path == f"{docs}/caf\N{REPLACEMENT CHARACTER}.txt"
    assert report.skipped[0].reason == "its name is not in UTF-8; rename it"


def test_one_path_instead_of_a_list_is_refused():
    with pytest.raises(InvalidArgument, match=r"build\(\['docs'\]\)"):
        index.build("docs")


# --- builds that fail ---------------------------------------------------------------------------


def test_missing_path_changes_nothing(tmp_path, docs, build, live):
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    write_files(docs, {"a.txt": "dog"})
    with pytest.raises(FootnoteError) as caught:
        build(docs, tmp_path / "nowhere")
    assert str(caught.value) == (
        f"There is no file or folder at {tmp_path / 'nowhere'}. "
        "Check the spelling; nothing was changed."
    )
    assert (read_live_name(tmp_path / "index"), live()) == ("000001", {"a.txt": "cat"})


def test_missing_path_leaves_no_index_behind(tmp_path, build):
    with pytest.raises(FootnoteError):
        build(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_only_bad_files_are_refused_with_their_reasons(tmp_path, docs, build, live):
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    (docs / "a.txt").unlink()
    write_files(docs, {"b.txt": b"\0", "c.txt": ""})
    with pytest.raises(FootnoteError) as caught:
        build(docs)
    message = str(caught.value)
    assert "Nothing was changed." in message
    assert f"{docs / 'b.txt'}: the file is binary, not text" in message
    assert f"{docs / 'c.txt'}: the file is empty" in message
    assert (read_live_name(tmp_path / "index"), live()) == ("000001", {"a.txt": "cat"})


def test_folder_without_files_is_refused(docs, build):
    docs.mkdir()
    with pytest.raises(FootnoteError) as caught:
        build(docs)
    assert str(caught.value) == f"There are no files in {docs}. Nothing was changed."


@pytest.mark.parametrize(("accelerator", "at_once"), [(False, [2, 2, 1]), (True, [4, 1])])
def test_an_accelerator_is_given_more_texts_at_once(
    docs, build, word_encoder, monkeypatch, accelerator, at_once
):
    for name, value in (
        ("LIBRARY_BATCH_SIZE", 2),
        ("ACCELERATOR_BATCH_SIZE", 4),
        ("ACCELERATOR_MIN_TEXTS", 5),
    ):
        monkeypatch.setattr(rows, name, value)
    embed, sizes = word_encoder.embed_passages, []
    word_encoder.has_accelerator = accelerator
    word_encoder.embed_passages = lambda texts: sizes.append(len(texts)) or embed(texts)
    write_files(docs, {f"{name}.txt": name for name in VOCABULARY[:5]})
    build(docs)
    assert sizes == at_once
    write_files(docs, {"more.txt": "cat dog"})  # Too few to load it for.
    build(docs)
    assert sizes == [*at_once, 1]


def test_failing_encoder_keeps_the_live_index_and_finished_vectors(
    tmp_path, docs, build, live, word_encoder, monkeypatch
):
    monkeypatch.setattr(rows, "LIBRARY_BATCH_SIZE", 1)
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    # The shortest are embedded first.
    write_files(docs, {"a.txt": "dog dog", "b.txt": "bird bird bird", "c.txt": "cherry " * 9})
    word_encoder.fails_at = "cherry"
    with pytest.raises(RuntimeError, match="cherry"):
        build(docs)
    assert (read_live_name(tmp_path / "index"), live()) == ("000001", {"a.txt": "cat"})

    word_encoder.fails_at = None
    word_encoder.embedded.clear()
    report = build(docs)
    assert (report.embedded, word_encoder.embedded) == (1, ["cherry " * 8 + "cherry"])
    assert changes(report) == (("b.txt", "c.txt"), ("a.txt",), ())


def test_second_build_at_a_time_is_refused(tmp_path, docs, build, live):
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    write_files(docs, {"a.txt": "dog"})
    with FileLock(tmp_path / "index" / "build.lock"), pytest.raises(FootnoteError) as caught:
        build(docs)
    assert str(caught.value) == (
        f"Another build of the index in {tmp_path / 'index'} is running. Wait for it to end; "
        "until then the live index keeps answering."
    )
    assert live() == {"a.txt": "cat"}
    assert build(docs).changed == ("a.txt",)


KILLED = """
import importlib, os, signal, sys
import index
from makings import WordEncoder

build = importlib.import_module("index.build")
importlib.import_module("index.ingest.rows").LIBRARY_BATCH_SIZE = 1

def die(*arguments, **options):
    os.kill(os.getpid(), signal.SIGKILL)

class Killed(WordEncoder):
    def embed_passages(self, texts):
        return die() if sys.argv[1] == "embedding" and "bird" in texts[0] else self._rows(texts)

if sys.argv[1] == "writing":
    build.generation.LexicalIndex.write = die
if sys.argv[1] == "checking":
    build.generation.load_generation = die
if sys.argv[1] == "swapping":
    os.replace = die
    type(build.generation.Path()).replace = die
if sys.argv[1] == "sweeping":
    importlib.import_module("index.store.write").delete_old_generations = die
index.build([sys.argv[2]], index=sys.argv[3], encoder=Killed())
"""


@pytest.mark.parametrize(
    ("moment", "name", "word"),
    [
        ("embedding", "000001", "cat"),
        ("writing", "000001", "cat"),
        ("checking", "000001", "cat"),
        ("swapping", "000001", "cat"),
        ("sweeping", "000002", "bird"),
    ],
)
def test_killed_build_leaves_an_index_that_answers(tmp_path, docs, build, live, moment, name, word):
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    write_files(docs, {"a.txt": "bird"})
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, moment, docs, tmp_path / "index"],
        cwd=Path(__file__).parents[1] / "support",
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert (read_live_name(tmp_path / "index"), live()) == (name, {"a.txt": word})

    build(docs)
    assert live() == {"a.txt": "bird"}
    generations = {path.name for path in (tmp_path / "index" / "generations").iterdir()}
    assert not any(name.endswith(".building") for name in generations)
    assert len(generations) == 2


def test_lock_names_its_holder(tmp_path, docs, build):
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    assert not (tmp_path / "index" / "build.holder").exists()
    (tmp_path / "index" / "build.holder").write_text("process 12, since noon\n")
    with (
        FileLock(tmp_path / "index" / "build.lock"),
        pytest.raises(FootnoteError, match=r"is running \(process 12, since noon\)\. Wait"),
    ):
        build(docs)


def test_damaged_generation_is_built_again_without_embedding(tmp_path, docs, build, live):
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    (tmp_path / "index" / "generations" / "000001" / "manifest.json").write_text("{")
    with pytest.raises(IndexDamaged):
        open_index(tmp_path / "index")
    report = build(docs)
    assert (report.added, report.embedded) == (("a.txt",), 0)
    assert live() == {"a.txt": "cat"}


def test_rubbish_in_the_pointer_is_repaired_by_a_build(tmp_path, docs, build, live):
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    (tmp_path / "index" / "CURRENT").write_text("rubbish")
    build(docs)
    assert live() == {"a.txt": "cat"}


# --- the encoder --------------------------------------------------------------------------------


def test_another_encoder_embeds_everything_again(tmp_path, docs, build):
    write_files(docs, {"a.txt": "cat", "b.txt": "dog"})
    build(docs)
    other = WordEncoder(VOCABULARY[:5], name="fewer-words")
    report = build(docs, encoder=other)
    assert (report.unchanged, report.embedded) == (("a.txt", "b.txt"), 2)
    opened = open_index(tmp_path / "index")
    assert (opened.manifest.encoder.name, opened.dense.dimension) == ("fewer-words", 6)
    assert build(docs).embedded == 0


def test_encoder_of_the_index_is_the_default(docs, build):
    """Without one given, the one named in the manifest is loaded; "words" does not exist."""
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    with pytest.raises(EncoderMismatch, match="The encoder words is not on this machine"):
        build(docs, encoder=None)


# --- the same as from scratch -------------------------------------------------------------------


WORDS = st.sampled_from(VOCABULARY[:6])
TEXT = st.builds(
    lambda first, rest: " ".join([first, *rest]),
    WORDS,
    st.lists(st.one_of(WORDS, st.sampled_from([".", "\n\n"])), max_size=12),
)
NAMES = st.sampled_from(["a.txt", "b.txt", "c.md", "sub/a.txt", "sub/d.txt"])
FOLDERS = st.dictionaries(NAMES, TEXT, min_size=1, max_size=4)


def contents(opened: index.Generation) -> tuple[list[tuple[str, str]], list, list]:
    """Return the documents, chunks and vectors of an index for comparison."""
    documents = [(entry.id, entry.sha256) for entry in opened.manifest.documents]
    vectors = opened.dense.vectors(range(len(opened.dense)))
    return documents, opened.chunks.tolist(), vectors.tolist()


@settings(max_examples=10)
@given(before=FOLDERS, after=FOLDERS)
def test_incremental_build_is_the_same_as_one_from_scratch(before, after):
    encoder = WordEncoder()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for files in (before, after):
            docs = write_files(home / "docs", files)
            for path in [path for path in docs.rglob("*") if path.is_file()]:
                if path.relative_to(docs).as_posix() not in files:
                    path.unlink()
            index.build([docs], index=home / "grown", encoder=encoder)
        index.build([docs], index=home / "fresh", encoder=encoder)
        grown, fresh = open_index(home / "grown"), open_index(home / "fresh")
        assert contents(grown) == contents(fresh)
        for question in ("apple banana", "cherry", "cat dog dog"):
            vector = encoder.embed_question(question)
            assert grown.dense.search(vector, 9) == fresh.dense.search(vector, 9)
            assert grown.lexical.search(question, 9) == fresh.lexical.search(question, 9)


def test_refused_file_raises_the_reason(docs, build):
    """A single unreadable file makes the build fail with an error shown to the user."""
    write_files(docs, {"a.pdf": b"%PDF-1.4 rubbish"})
    with pytest.raises(FootnoteError, match="the PDF is damaged") as caught:
        build(docs)
    assert not isinstance(caught.value, UnreadableFile)


def test_real_encoder_builds_and_finds(tmp_path, docs, encoder):
    write_files(
        docs,
        {
            "ship.txt": "The vessel left port at dawn.",
            "money.txt": "Spending on schools rose by two per cent.",
        },
    )
    index.build([docs], index=tmp_path / "index", encoder=encoder)
    opened = open_index(tmp_path / "index")
    nearest = opened.dense.search(encoder.embed_question("When did the boat sail?"), 1)
    assert opened.document(next(iter(nearest))).id == "ship.txt"
    opened.with_encoder(encoder)


def test_an_index_inside_the_documents_is_not_indexed(tmp_path, word_encoder):
    """The folder of the index is not scanned even if it is not hidden."""
    write_files(tmp_path / "docs", {"a.txt": "cat"})
    for _ in range(2):
        report = index.build(
            [tmp_path / "docs"], index=tmp_path / "docs" / "my-index", encoder=word_encoder
        )
    assert report.unchanged == ("a.txt",)
    assert report.skipped == ()


def test_documents_of_a_deleted_path_are_removed(docs, build):
    write_files(docs, {"a.txt": "cat", "sub/b.txt": "dog"})
    build(docs)
    (docs / "sub" / "b.txt").unlink()
    report = build(docs / "sub" / "b.txt")
    assert (report.removed, report.unchanged) == (("sub/b.txt",), ("a.txt",))


@pytest.mark.parametrize("lost", ["CURRENT", "library.sqlite", "generations/000002/manifest.json"])
def test_repairing_keeps_the_documents_of_other_roots(tmp_path, word_encoder, lost):
    """Whatever part of the index is lost, indexing one root keeps the documents of the other."""
    home = tmp_path / "index"
    for name in ("one", "two"):
        write_files(tmp_path / name, {f"{name}.txt": f"cat {name}"})
    for name in ("one", "two", "two"):
        index.build([tmp_path / name], index=home, encoder=word_encoder)
    (home / lost).unlink()
    for left in home.glob(f"{lost}-*"):
        left.unlink()
    report = index.build([tmp_path / "one"], index=home, encoder=word_encoder)
    assert sorted((*report.added, *report.unchanged)) == ["one.txt", "two.txt"]
    found = index.open_index(home)
    assert found.document_by_id("two.txt").text == "cat two"


def test_altered_rows_of_the_library_are_made_again(docs, build, tmp_path, word_encoder):
    write_files(docs, {"a.txt": "cat dog", "b.txt": "bird"})
    home = tmp_path / "index"
    index.build([docs], index=home, encoder=word_encoder)
    with contextlib.closing(sqlite3.connect(home / "library.sqlite")) as library, library:
        library.execute("UPDATE embeddings SET vector = zeroblob(length(vector))")
        library.execute("UPDATE chunkings SET spans = x'00'")
        library.execute("UPDATE extracts SET page_starts = 'x'")
    report = index.build([docs], index=home, encoder=word_encoder)
    assert (report.unchanged, report.embedded) == (("a.txt", "b.txt"), 2)
    found = index.open_index(home).dense.vectors([0, 1])
    assert np.linalg.norm(found, axis=1) == pytest.approx([1.0, 1.0])


def test_odd_files_are_skipped_and_named(docs, build):
    write_files(docs, {"good.txt": "cat", "deep.html": "<div>" * 5000 + "x" + "</div>" * 5000})
    os.mkfifo(docs / "pipe.txt")
    report = build(docs)
    assert report.added[-1] == "good.txt"
    assert any("not a regular file" in skipped.reason for skipped in report.skipped)


def test_files_skipped_elsewhere_are_remembered(tmp_path, word_encoder):
    write_files(tmp_path / "one", {"a.txt": "cat", "bad.txt": b"\x00"})
    write_files(tmp_path / "two", {"b.txt": "dog"})
    for name in ("one", "two"):
        report = index.build([tmp_path / name], index=tmp_path / "ix", encoder=word_encoder)
    assert [Path(skipped.path).name for skipped in report.skipped] == ["bad.txt"]


# --- what is taken away -------------------------------------------------------------------------


def kept_texts(folder: Path) -> set[str]:
    """Return all texts in the library."""
    with contextlib.closing(sqlite3.connect(folder / "library.sqlite")) as library:
        return {text for (text,) in library.execute("SELECT text FROM texts")}


def test_prune_keeps_nothing_else(tmp_path, word_encoder):
    write_files(tmp_path, {"one/a.txt": "cat", "two/b.txt": "dog secret", "two/c.txt": "bird"})
    home = tmp_path / "index"
    for name in ("one", "two"):
        index.build([tmp_path / name], index=home, encoder=word_encoder)
    write_files(tmp_path, {"two/b.txt": "dog"})
    report = index.build([tmp_path / "two"], index=home, encoder=word_encoder, prune=True)
    assert changes(report) == ((), ("b.txt",), ("a.txt",))
    assert kept_texts(home) == {"dog", "bird"}
    assert [path.name for path in (home / "generations").iterdir()] == ["000003"]
    assert b"secret" not in b"".join(p.read_bytes() for p in home.rglob("*") if p.is_file())
    word_encoder.embedded.clear()
    assert index.build([tmp_path / "two"], index=home, encoder=word_encoder).embedded == 0


def test_removed_documents_return_with_their_files(tmp_path, docs, build, live, word_encoder):
    write_files(docs, {"a.txt": "cat", "sub/b.txt": "dog", "sub/c.txt": "bird", "bad.txt": b"\0"})
    build(docs)
    options = {"index": tmp_path / "index", "encoder": word_encoder}
    report = index.remove(["sub/*.txt"], **options)
    assert changes(report) == ((), (), ("sub/b.txt", "sub/c.txt"))
    assert (report.unchanged, report.embedded, len(report.skipped)) == (("a.txt",), 0, 1)
    assert live() == {"a.txt": "cat"}
    opened = open_index(tmp_path / "index")
    assert (len(opened.dense), list(opened.lexical.search("dog", 9))) == (1, [])
    assert kept_texts(tmp_path / "index") == {"cat", "dog", "bird"}
    assert build(docs).added == ("sub/b.txt", "sub/c.txt")
    index.remove(["sub"], prune=True, **options)
    assert kept_texts(tmp_path / "index") == {"cat"}


def test_a_document_is_removed_by_its_name_as_typed_if_only_one_fits(
    tmp_path, docs, build, live, word_encoder
):
    names = (unicodedata.normalize("NFD", "Café.md"), "rates.csv", "rates.txt", "a.txt", "A.md")
    write_files(docs, {name: f"cat {number}" for number, name in enumerate(names)})
    build(docs)
    options = {"index": tmp_path / "index", "encoder": word_encoder}
    assert index.remove(["café"], **options).removed == (names[0],)
    with pytest.raises(InvalidArgument, match=r"'Rates' may mean any of 'rates.csv', 'rates.txt'"):
        index.remove(["a.txt", "Rates"], **options)
    with pytest.raises(NoMatch, match=r"'rate.txt'; nothing.* nearest names are 'rates.txt', "):
        index.remove(["rate.txt"], **options)
    with pytest.raises(NoMatch, match=r"'RATES.csv'; nothing"):
        index.remove(["RATES.csv"], exact=True, **options)
    assert index.remove(["rates.*", "A.TXT"], **options).removed == (
        "a.txt",
        "rates.csv",
        "rates.txt",
    )
    assert list(live()) == ["A.md"]


def test_removing_what_is_not_there_is_refused(tmp_path, docs, build, live, word_encoder):
    write_files(docs, {"a.txt": "cat"})
    options = {"index": tmp_path / "index", "encoder": word_encoder}
    with pytest.raises(FootnoteError, match="There is no index in"):
        index.remove(["a.txt"], **options)
    build(docs)
    with pytest.raises(FootnoteError, match=r"No document matches 'b\.txt'; nothing was removed"):
        index.remove(["a.txt", "b.txt"], **options)
    with pytest.raises(InvalidArgument, match=r"remove\(\['a'\]\)"):
        index.remove("a", **options)
    with pytest.raises(NoMatch, match="The list of documents is empty"):
        index.remove([], **options)
    with pytest.raises(InvalidArgument, match="The list of paths is empty"):
        index.build([], **options)
    for wrong in ("", None, b"docs", "a\0b", "\ud800", 5):
        with pytest.raises(InvalidArgument, match="is not the path of a file or folder"):
            index.build([docs, wrong], **options)
    with pytest.raises(InvalidArgument, match="prune is 'no'; give True or False"):
        index.build([docs], prune="no", **options)
    with pytest.raises(InvalidArgument, match="paths must be a list of files and folders"):
        index.build(5, **options)
    for wrong in ("x", -1, float("nan"), float("inf"), True):
        with pytest.raises(InvalidArgument, match="give a number of seconds, 0 or more"):
            index.remove(["a.txt"], patience=wrong, **options)
    for wrong in (5, None, "\ud800"):
        with pytest.raises(InvalidArgument, match="is no id of a document"):
            index.remove([wrong], **options)
    with pytest.raises(InvalidArgument, match="documents is a list of ids"):
        index.remove(None, **options)
    for wrong in (5, b"index", "a\0b", "\ud800"):
        with pytest.raises(InvalidArgument, match="give the folder of an index"):
            index.build([docs], index=wrong)
    assert live() == {"a.txt": "cat"}
    index.remove((name for name in ["a.txt"]), **options)  # It is read once.
    assert live() == {}


@pytest.mark.parametrize("prune", [False, True])
def test_the_last_document_can_be_removed_and_others_added(
    tmp_path, docs, build, live, word_encoder, prune
):
    write_files(docs, {"a.txt": "cat"})
    options = {"index": tmp_path / "index", "encoder": word_encoder}
    index.build([docs], faiss="IVF1,SQ8", **options)
    report = index.remove(["a.txt"], prune=prune, **options)
    assert (report.removed, report.chunks) == (("a.txt",), 0)
    assert live() == {}
    asked = {**options, "reader": "none"}
    assert qa.retrieve("cat", **asked) == []
    assert qa.ask("Where is the cat?", **asked).text == qa.NOT_FOUND
    assert "no documents yet" in qa.ask("List all documents", **asked).text
    build(docs)
    assert live() == {"a.txt": "cat"}
    assert index.rollback(index=tmp_path / "index") == report.generation
    assert live() == {}


def test_rollback_goes_back_and_forth(tmp_path, docs, build, live):
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    with pytest.raises(FootnoteError, match="There is no earlier generation to go back to"):
        index.rollback(index=tmp_path / "index")
    write_files(docs, {"a.txt": "dog"})
    build(docs)
    assert index.rollback(index=tmp_path / "index") == "000001"
    assert live() == {"a.txt": "cat"}
    assert index.rollback(index=tmp_path / "index", to="000002") == "000002"
    assert live() == {"a.txt": "dog"}
    with pytest.raises(FootnoteError, match="There is no generation 000009 to go back to"):
        index.rollback(index=tmp_path / "index", to="000009")


def test_build_after_a_rollback_keeps_what_was_live(tmp_path, docs, build, live):
    for word in ("cat", "dog"):
        write_files(docs, {"a.txt": word})
        build(docs)
    index.rollback(index=tmp_path / "index")
    write_files(docs, {"a.txt": "bird"})
    assert build(docs).generation == "000003"
    assert index.rollback(index=tmp_path / "index") == "000001"
    assert live() == {"a.txt": "cat"}


def test_prune_leaves_the_ids_as_they_are(tmp_path, word_encoder, build):
    for name, word in (("one", "cat"), ("two", "dog")):
        write_files(tmp_path / name, {"x.txt": word})
        build(tmp_path / name)
    report = index.build(
        [tmp_path / "two"], index=tmp_path / "index", encoder=word_encoder, prune=True
    )
    assert changes(report) == ((), (), ("x.txt",))
    assert report.unchanged == ("two/x.txt",)


def test_unreadable_files_are_not_tried_again(docs, build, monkeypatch):
    write_files(docs, {"a.txt": "cat", "b.pdf": b"rubbish"})
    (first,) = build(docs).skipped
    monkeypatch.setattr(sandbox.Sandbox, "extract", None)
    assert build(docs).skipped == (first,)


def test_failed_build_takes_its_half_written_generation_away(tmp_path, docs, build, monkeypatch):
    write_files(docs, {"a.txt": "cat"})
    build(docs)

    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(generation.LexicalIndex, "write", full)
    write_files(docs, {"a.txt": "dog"})
    with pytest.raises(FootnoteError, match="No space left on device"):
        build(docs)
    assert os.listdir(tmp_path / "index" / "generations") == ["000001"]


def test_text_is_in_the_file_itself_before_the_swap(tmp_path, docs, build, monkeypatch):
    """A reader without write permission sees only the file, not the write-ahead log."""
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    seen = []

    def look(folder, name):
        alone = sqlite3.connect(f"file:{folder / 'library.sqlite'}?mode=ro&immutable=1", uri=True)
        with contextlib.closing(alone) as library:
            seen.extend(text for (text,) in library.execute("SELECT text FROM texts"))
        real(folder, name)

    real = write.make_live
    monkeypatch.setattr(write, "make_live", look)
    write_files(docs, {"a.txt": "dog"})
    build(docs)
    assert sorted(seen) == ["cat", "dog"]


def test_the_whole_disk_can_be_a_root(tmp_path):
    assert is_under("/a/b.txt", [Path("/")])
    assert is_under("/a/b.txt", [Path("/a")])
    assert not is_under("/ab/b.txt", [Path("/a")])


def test_file_that_is_too_large_is_not_read(docs, build):
    write_files(docs, {"a.txt": "cat"})
    with (docs / "large.txt").open("wb") as stream:
        stream.truncate(1 << 30)  # Its bytes take no place on the disk.
    (skipped,) = build(docs).skipped
    assert skipped.reason == "the file is larger than 40 MB; split it into several files"


# --- uploads, whose files lie in the index ------------------------------------------------------


@pytest.fixture
def upload(tmp_path, build):
    """Return a function that adds a file to the uploads and builds it."""

    def run(name: str, content: str | bytes) -> index.BuildReport:
        write_files(tmp_path / "index" / "uploads", {name: content})
        return build(tmp_path / "index" / "uploads" / name)

    return run


def test_uploads_stay_whatever_is_built(tmp_path, docs, build, live, upload, word_encoder):
    """Even if the index lies in the folder that is built, and everything else is pruned."""
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    assert upload("b.txt", "dog").added == ("b.txt",)
    upload("bad.txt", b"\0")
    for root, prune in ((tmp_path, False), (tmp_path, True), (docs, True), (tmp_path, False)):
        report = index.build([root], index=tmp_path / "index", encoder=word_encoder, prune=prune)
        assert live() == {"a.txt": "cat", "b.txt": "dog"}
        assert [Path(skipped.path).name for skipped in report.skipped] == ["bad.txt"]
    assert changes(report) == NO_CHANGE
    report = build(tmp_path / "index")
    assert (changes(report), len(report.skipped)) == (NO_CHANGE, 1)


def test_uploads_are_brought_up_to_date_by_name(tmp_path, build, live, upload):
    upload("a.txt", "cat")
    upload("b.txt", "dog")
    write_files(tmp_path / "index" / "uploads", {"a.txt": "bird", ".c.txt.part": "ship"})
    (tmp_path / "index" / "uploads" / "b.txt").unlink()
    assert changes(build(tmp_path / "index" / "uploads")) == ((), ("a.txt",), ("b.txt",))
    assert live() == {"a.txt": "bird"}


def test_ids_of_uploads_are_never_paths_of_the_machine(tmp_path, build, live, upload):
    for folder, word in (("docs", "cat"), ("x/uploads", "dog")):
        build(write_files(tmp_path / folder, {"a.txt": word}))
    assert live() == {"a.txt": "cat", "uploads/a.txt": "dog"}
    assert upload("a.txt", "bird").added == ("index/uploads/a.txt",)


def test_removing_an_upload_deletes_its_file_for_good(tmp_path, docs, build, live, upload):
    uploads = tmp_path / "index" / "uploads"
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    for name in ("b.txt", "[bc].txt"):
        upload(name, f"dog {name}")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("d.txt", "bird")
        writer.writestr("e.txt", "ship")
    upload("f.zip", archive.getvalue())
    options = {"index": tmp_path / "index", "encoder": WordEncoder()}
    with pytest.raises(FootnoteError, match="No document matches"):
        index.remove(["*.txt"], exact=True, **options)
    assert index.remove(["[bc].txt"], exact=True, **options).removed == ("[bc].txt",)
    assert sorted(os.listdir(uploads)) == ["b.txt", "f.zip"]
    index.remove(["a.txt", "b.txt", "f.zip/d.txt"], **options)
    assert (sorted(os.listdir(uploads)), os.listdir(docs)) == (["f.zip"], ["a.txt"])
    build(docs)
    index.remove(["f.zip"], **options)
    assert os.listdir(uploads) == []
    assert live() == {"a.txt": "cat"}
    assert changes(build(tmp_path)) == NO_CHANGE


# --- builds that are cancelled ------------------------------------------------------------------


STAGES = [("reading", 0), ("reading", 2), ("cutting", 0), ("embedding", 1), ("writing", 0)]


@pytest.mark.parametrize("moment", STAGES, ids=lambda moment: "-".join(map(str, moment)))
def test_cancelled_build_changes_nothing(
    tmp_path, docs, build, live, word_encoder, monkeypatch, moment
):
    monkeypatch.setattr(rows, "LIBRARY_BATCH_SIZE", 1)
    home = tmp_path / "index"
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    there = {path.name for path in home.rglob("*")}
    write_files(docs, {"a.txt": "dog", "b.txt": "bird bird"})

    def cancel(stage: str, done: int, total: int) -> None:
        if (stage, done) == moment:
            raise index.Cancelled

    with pytest.raises(index.Cancelled):
        index.build([docs], index=home, encoder=word_encoder, progress=cancel)
    # Before the index is read, which opens its files anew.
    assert {path.name for path in home.rglob("*")} == there
    assert (read_live_name(home), live()) == ("000001", {"a.txt": "cat"})
    word_encoder.embedded.clear()
    report = build(docs)
    assert (changes(report), report.generation) == ((("b.txt",), ("a.txt",), ()), "000002")
    embedded = {"embedding": ["bird bird"], "writing": []}.get(moment[0], ["dog", "bird bird"])
    assert word_encoder.embedded == embedded


def test_a_file_that_takes_long_is_not_waited_for_once_cancelled(tmp_path, docs, monkeypatch):
    program = "import time; from index.extract import document as d, sandbox"
    program += (
        "; d._READERS_BY_SUFFIX['.pdf'] = lambda data: time.sleep(60); sandbox.serve_extractions()"
    )
    monkeypatch.setattr(sandbox, "_EXTRACT_PROGRAM", program)
    monkeypatch.setattr(sandbox, "POLL_INTERVAL", 0.05)
    write_files(docs, {"a.pdf": b"x"})
    calls = []

    def cancel(*stage: object) -> None:
        calls.append(stage)
        if len(calls) == 3:
            raise index.Cancelled

    started = time.monotonic()
    with pytest.raises(index.Cancelled):
        index.build([docs], index=tmp_path / "index", encoder=WordEncoder(), progress=cancel)
    assert calls == [("reading", 0, 1)] * 3
    assert time.monotonic() - started < 30


def test_patience_waits_for_the_other_build(tmp_path, docs, build):
    write_files(docs, {"a.txt": "cat"})
    build(docs)
    lock = FileLock(tmp_path / "index" / "build.lock")
    lock.acquire()
    seen = []

    def report(*stage: object) -> None:
        seen.append(stage)
        if stage == ("waiting", 1, 60):
            lock.release()

    options = {"index": tmp_path / "index", "encoder": WordEncoder(), "progress": report}
    assert index.build([docs], patience=60, **options).unchanged == ("a.txt",)
    assert seen[:3] == [("waiting", 0, 60), ("waiting", 1, 60), ("reading", 0, 1)]
    held, refused = FileLock(lock.lock_file), pytest.raises(FootnoteError, match="Another build of")
    with held, refused:
        index.build([docs], patience=2, **options)


def test_a_named_faiss_index_is_kept_until_another_is_named(tmp_path, docs, word_encoder):
    write_files(docs, {f"{name}.txt": name for name in VOCABULARY})

    def build(**more) -> tuple[str, str, bool]:
        index.build([docs], index=tmp_path / "index", encoder=word_encoder, **more)
        opened = open_index(tmp_path / "index")
        vector = word_encoder.embed_question("cat")
        (best,) = opened.dense.search(vector, 1)
        assert opened.document(best).text.strip() == "cat"
        return opened.manifest.faiss, opened.manifest.faiss_kind, opened.dense._lists is not None

    assert build() == ("", "Flat", False)
    assert build(faiss="IVF1,SQ8") == ("IVF1,SQ8", "IVF1,SQ8", True)
    assert build() == ("IVF1,SQ8", "IVF1,SQ8", True)
    write_files(docs, {"more.txt": "cat cat dog"})
    word_encoder.embedded.clear()
    with pytest.raises(FootnoteError, match="'HNSW32' is not a FAISS index type"):
        build(faiss="HNSW32")
    assert word_encoder.embedded == []  # Refused before any work is done.
    with pytest.raises(FootnoteError, match="Omit --faiss"):
        build(faiss="Flat", engine="milvus", engine_uri="http://127.0.0.1:1")
    assert build(faiss="") == ("", "Flat", False)
