"""A generation on disk: opened, or refused with a command that helps; made live; deleted."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from makings import VOCABULARY, WordEncoder, write_files

import index
import index.store.checksums
import index.store.generation
from index.errors import EncoderMismatch, IndexDamaged, IndexNewer, IndexNotFound
from index.manifest import write_manifest
from index.search.engine import SearchRows
from index.store.generation import (
    Generation,
    load_generation,
    open_index,
    read_live_name,
    read_manifest,
)
from index.store.write import delete_old_generations, make_live, write_generation

FILES = {
    "animals.txt": "The cat painted the dog.\n\nA bird visited Oslo.",
    "notes/ships.md": "# Ships\n\nThe ship left the harbour.",
}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Return the folder of an index; tests that damage one copy it."""
    home = tmp_path_factory.mktemp("built")
    docs = write_files(home / "docs", FILES)
    index.build([docs], index=home / "index", encoder=WordEncoder())
    return home / "index"


@pytest.fixture
def copy(built, tmp_path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "index"))


def build(folder: Path, files: dict[str, str]) -> Path:
    """Build an index of these files in `folder`/index and return that."""
    shutil.rmtree(folder / "docs", ignore_errors=True)
    write_files(folder / "docs", files)
    index.build([folder / "docs"], index=folder / "index", encoder=WordEncoder())
    return folder / "index"


def texts(generation: Generation) -> list[str]:
    """Return the text of every chunk, read through the generation."""
    chunks = [generation.chunk(row) for row in range(len(generation.chunks))]
    documents = [generation.document(row) for row in range(len(chunks))]
    return [
        document.text[chunk.start : chunk.end]
        for chunk, document in zip(chunks, documents, strict=True)
    ]


# --- what is in it ------------------------------------------------------------------------------


def test_a_built_index_is_opened(built):
    opened = open_index(built)
    assert opened.name == "000001"
    assert texts(opened) == [FILES["animals.txt"], FILES["notes/ships.md"]]
    assert opened.chunk(1) == index.Chunk("notes/ships.md", 0, 35)
    assert (len(opened.dense), len(opened.lexical)) == (2, 2)
    document = opened.document_by_id("notes/ships.md")
    assert document is opened.document(1)
    assert (document.title, document.media_type) == ("Ships", "text/markdown")
    assert document.source == str((built.parent / "docs" / "notes" / "ships.md").resolve())
    with pytest.raises(KeyError):
        opened.document_by_id("ships.md")


def test_manifest_records_the_build(built):
    manifest = open_index(built).manifest
    assert (manifest.format, manifest.max_tokens, manifest.chunks) == (1, 200, 2)
    assert manifest.encoder.name == "words"
    assert manifest.encoder.dimension == len(VOCABULARY) + 1
    assert [entry.id for entry in manifest.documents] == ["animals.txt", "notes/ships.md"]
    assert [entry.size for entry in manifest.documents] == [46, 35]
    assert manifest.skipped == ()
    files = {name for name in manifest.files if not name.startswith("lexical/")}
    assert files == {"chunks.npy", "dense.faiss"}
    assert "lexical/meta.json" in manifest.files


def test_search_reaches_the_rows(built, word_encoder):
    opened = open_index(built)
    # Of the known words "cat" is one of the six in the first text, and not in the second.
    found = opened.dense.search(word_encoder.embed_question("cat"), 2)
    assert found == {0: pytest.approx(1 / 6**0.5), 1: 0}
    assert list(opened.lexical.search("harbours", 2)) == [1]


def test_misaligned_parts_are_refused_with_their_lengths(built, tmp_path):
    manifest = open_index(built).manifest
    chunks, vectors = np.zeros((3, 3), np.int64), np.zeros((2, 4), np.float32)
    with pytest.raises(ValueError, match=r"found 3 chunks, 2 vectors and 1 texts$"):
        write_generation(tmp_path, manifest, SearchRows(chunks, vectors, ["one"]))
    assert list(tmp_path.iterdir()) == []


# --- which index is opened ----------------------------------------------------------------------


def test_argument_then_environment_then_working_directory(tmp_path, monkeypatch):
    asked = build(tmp_path / "asked", {"asked.txt": "cat"})
    named = build(tmp_path / "named", {"named.txt": "dog"})
    here = tmp_path / "here"
    build(here, {"here.txt": "bird"}).rename(here / ".footnote")
    monkeypatch.chdir(here)

    def opened(path: Path | None = None) -> list[str]:
        return [entry.id for entry in open_index(path).manifest.documents]

    assert opened() == ["here.txt"]
    monkeypatch.setenv("FOOTNOTE_INDEX", str(named))
    assert opened() == ["named.txt"]
    assert opened(asked) == ["asked.txt"]
    monkeypatch.setenv("FOOTNOTE_INDEX", "")
    assert opened() == ["here.txt"]


def test_missing_index_is_reported_with_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IndexNotFound) as caught:
        open_index()
    assert str(caught.value) == (
        f"There is no index in {tmp_path / '.footnote'}. Build one: footnote index PATH, "
        "or name the folder of one with --index."
    )
    assert list(tmp_path.iterdir()) == []


def test_a_generation_is_opened_once_and_a_new_one_again(tmp_path):
    folder = build(tmp_path, {"a.txt": "cat"})
    first = open_index(folder)
    assert open_index(str(folder)) is first
    build(tmp_path, {"a.txt": "dog"})
    second = open_index(folder)
    assert (first.name, second.name) == ("000001", "000002")
    assert texts(second) == ["dog"]


def test_recreated_index_is_not_taken_for_the_old_one(tmp_path):
    folder = build(tmp_path, {"a.txt": "cat"})
    assert texts(open_index(folder)) == ["cat"]
    shutil.rmtree(folder)
    build(tmp_path, {"a.txt": "dog"})
    assert texts(open_index(folder)) == ["dog"]


# --- what is damaged ----------------------------------------------------------------------------


def damage_message(folder: Path) -> str:
    """Return the message of opening, which must name the command that repairs the index."""
    with pytest.raises(IndexDamaged) as caught:
        open_index(folder)
    assert str(caught.value).endswith("Build it again: footnote index PATH")
    return str(caught.value)


def test_one_altered_byte_in_any_file_is_noticed(copy):
    home = copy / "generations" / "000001"
    for name in read_manifest(copy, "000001").files:
        whole = (home / name).read_bytes()
        for position in {0, len(whole) // 2, len(whole) - 1}:
            altered = bytearray(whole)
            altered[position] ^= 1
            (home / name).write_bytes(altered)
            assert f"The index file {home / name} is damaged." in damage_message(copy)
        (home / name).write_bytes(whole)
    assert texts(open_index(copy))[0] == FILES["animals.txt"]


def test_a_large_file_is_checked_while_it_is_used(copy, monkeypatch):
    monkeypatch.setattr(index.store.checksums, "MAX_READ_BYTES", 100)
    home, sound = copy / "generations" / "000001", open_index(copy)
    sound._searchers.check.thread.join()
    vector = sound.dense.vectors([0])[0]
    whole = bytearray((home / "dense.faiss").read_bytes())
    whole[-1] ^= 1
    (home / "dense.faiss").write_bytes(whole)
    (copy / "CURRENT").write_text("000001\n")  # As if it were swapped in.
    opened = open_index(copy)
    opened._searchers.check.thread.join()
    with pytest.raises(IndexDamaged, match=r"dense\.faiss is damaged"):
        opened.dense.search(vector, 1)
    with pytest.raises(IndexDamaged, match=r"dense\.faiss is damaged"):
        load_generation(copy, "000001")


def test_any_missing_file_is_noticed(copy):
    home = copy / "generations" / "000001"
    for name in read_manifest(copy, "000001").files:
        (home / name).rename(copy / "aside")
        assert f"The index file {home / name} is missing." in damage_message(copy)
        (copy / "aside").rename(home / name)
    assert texts(open_index(copy))[0] == FILES["animals.txt"]


def test_cut_manifest_is_noticed_wherever_it_is_cut(copy):
    path = copy / "generations" / "000001" / "manifest.json"
    whole = path.read_bytes()
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        assert f"The index file {path} is damaged." in damage_message(copy)


@pytest.mark.parametrize("content", [b"[]", b'{"format": 1}', b"7", b"\xff\xfe", b"null"])
def test_manifest_of_something_else_is_noticed(copy, content):
    path = copy / "generations" / "000001" / "manifest.json"
    path.write_bytes(content)
    assert f"The index file {path} is damaged." in damage_message(copy)


def test_manifest_with_other_fields_is_noticed(copy):
    path = copy / "generations" / "000001" / "manifest.json"
    found = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(found | {"colour": "red"}), "utf-8")
    assert f"The index file {path} is damaged." in damage_message(copy)


def test_missing_manifest_is_noticed(copy):
    path = copy / "generations" / "000001" / "manifest.json"
    path.unlink()
    assert f"The index file {path} is missing." in damage_message(copy)


def test_other_format_is_named_beside_the_one_that_is_read(copy):
    path = copy / "generations" / "000001" / "manifest.json"
    found = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(found | {"format": 0}), "utf-8")
    message = damage_message(copy)
    assert message.startswith(
        f"The index in {copy} has format 0, but this version of Footnote reads format 1."
    )


def test_the_places_of_chunks_are_read_and_not_mapped(copy, word_encoder):
    opened = open_index(copy, encoder=word_encoder)
    assert not isinstance(opened.chunks, np.memmap)
    expected = opened.chunk(0)
    os.truncate(opened.folder / "chunks.npy", 10)
    assert opened.chunk(0) == expected


def test_a_newer_format_is_called_newer_and_no_build_takes_its_place(copy, tmp_path, word_encoder):
    path = copy / "generations" / "000001" / "manifest.json"
    path.write_text(json.dumps({"format": 2, "rows": "in another file"}), "utf-8")
    before = path.read_bytes()
    docs = write_files(tmp_path / "docs", {"b.txt": "A bird."})
    for call in (
        lambda: open_index(copy, encoder=word_encoder),
        lambda: index.build([docs], index=copy, encoder=word_encoder),
        lambda: index.add({"c": "A cherry."}, index=copy, encoder=word_encoder),
        lambda: index.remove(["a.txt"], index=copy, encoder=word_encoder),
    ):
        with pytest.raises(IndexNewer, match=r"A newer version made it\. Update Footnote or"):
            call()
    assert (copy / "CURRENT").read_text() == "000001\n"
    assert path.read_bytes() == before
    assert index.build([docs], index=tmp_path / "other", encoder=word_encoder).added == ("b.txt",)


@pytest.mark.parametrize("content", [b"", b"rubbish\n", b"-1", b"../../etc", b"0001/x", b"1.5"])
def test_invalid_pointer_is_quoted_in_the_error(copy, content):
    (copy / "CURRENT").write_bytes(content)
    message = damage_message(copy)
    assert f"CURRENT holds {content.decode().strip()!r}, expected the number" in message


def test_bytes_in_the_pointer_that_are_no_text_are_noticed(copy):
    (copy / "CURRENT").write_bytes(b"\xff\x00\x80")
    assert "CURRENT cannot be read" in damage_message(copy)


def test_pointer_to_a_missing_generation_is_noticed(copy):
    (copy / "CURRENT").write_text("000009\n")
    assert "000009/manifest.json is missing" in damage_message(copy)


def test_counts_that_disagree_are_shown(copy):
    """A manifest altered by hand to state another number of chunks."""
    path = copy / "generations" / "000001" / "manifest.json"
    write_manifest(path, replace(read_manifest(copy, "000001"), chunks=3), copy)
    message = damage_message(copy)
    assert "holds 2 chunks, 2 vectors of 20 dimensions and 2 texts, expected 3 of each" in message


@pytest.mark.parametrize(
    "change",
    [
        {"files": {}},
        {"files": []},
        {"documents": []},
        {"created": "yesterday"},
        {"encoder": {"name": 5}},
        {"max_tokens": "many"},
    ],
)
def test_a_manifest_changed_by_hand_is_noticed(copy, change):
    """Even if it is still valid JSON: it contains its own checksum."""
    path = copy / "generations" / "000001" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | change), "utf-8")
    assert "manifest.json is damaged" in damage_message(copy)


def test_missing_library_is_noticed(copy):
    (copy / "library.sqlite").unlink()
    with pytest.raises(IndexDamaged, match=r"library\.sqlite is missing .* footnote index PATH"):
        open_index(copy)


# --- the encoder --------------------------------------------------------------------------------


def test_encoder_that_built_it_is_accepted(built):
    open_index(built).with_encoder(WordEncoder(name="the same weights elsewhere"))


def test_other_encoder_is_refused_and_both_are_named(built, word_encoder):
    other = WordEncoder(VOCABULARY[:3], name="fewer-words")
    with pytest.raises(EncoderMismatch) as caught:
        open_index(built).with_encoder(other)
    assert str(caught.value) == (
        f"The index was built with the encoder words (weights {word_encoder.weights_sha256[:12]}…, "
        "20 dimensions), but the encoder in use is fewer-words (weights "
        f"{other.weights_sha256[:12]}…, 4 dimensions). Use the first, or build the index "
        "again: footnote index --encoder fewer-words PATH"
    )


def test_other_prompts_are_another_encoder(built, word_encoder):
    word_encoder.prompts = {"query": "query: "}
    with pytest.raises(EncoderMismatch):
        open_index(built).with_encoder(word_encoder)


# --- made live and deleted -----------------------------------------------------------------------


def test_make_live_replaces_the_pointer_instead_of_writing_into_it(copy):
    before = (copy / "CURRENT").stat().st_ino
    with (copy / "CURRENT").open() as reader:
        make_live(copy, "000002")
        assert reader.read() == "000001\n"
    assert (copy / "CURRENT").read_text() == "000002\n"
    assert (copy / "CURRENT").stat().st_ino != before
    assert not (copy / "CURRENT.next").exists()
    assert read_live_name(copy) == "000002"


def test_previous_generation_can_be_restored(tmp_path):
    folder = build(tmp_path, {"a.txt": "cat"})
    build(tmp_path, {"a.txt": "dog"})
    make_live(folder, "000001")
    assert texts(open_index(folder)) == ["cat"]
    build(tmp_path, {"a.txt": "bird"})
    assert (read_live_name(folder), texts(open_index(folder))) == ("000003", ["bird"])


def test_deleting_keeps_the_live_generation_and_the_one_named(copy):
    home = copy / "generations"
    for name in ("000002", "000003", "000004", "000005.building"):
        (home / name).mkdir()
    make_live(copy, "000003")
    delete_old_generations(copy, keep="000002")
    assert sorted(path.name for path in home.iterdir()) == ["000002", "000003"]


def test_builds_leave_two_generations(tmp_path):
    for word in ("cat", "dog", "bird", "ship"):
        folder = build(tmp_path, {"a.txt": word})
    names = sorted(path.name for path in (folder / "generations").iterdir())
    assert names == ["000003", "000004"]


def test_reader_of_an_old_generation_still_answers(tmp_path, word_encoder):
    folder = build(tmp_path, {"a.txt": "cat", "b.txt": "dog"})
    old = load_generation(folder, "000001")
    build(tmp_path, {"a.txt": "bird"})
    build(tmp_path, {"a.txt": "ship"})
    assert not (folder / "generations" / "000001").exists()
    assert list(old.dense.search(word_encoder.embed_question("dog"), 1)) == [1]
    assert list(old.lexical.search("cat", 5)) == [0]
    assert texts(old) == ["cat", "dog"]


def test_index_that_is_replaced_while_it_is_opened_is_opened_again(copy, monkeypatch):
    real, names = index.store.generation.load_generation, []

    def late(folder, name, *, wait):
        names.append(name)
        if len(names) == 1:
            shutil.move(folder / "generations" / name, folder / "generations" / "000002")
            make_live(folder, "000002")
            raise FileNotFoundError(2, "No such file", "chunks.npy")
        return real(folder, name, wait=wait)

    monkeypatch.setattr(index.store.generation, "load_generation", late)
    assert open_index(copy).name == "000002"
    assert names == ["000001", "000002"]
