"""Files in an archive become documents like files in a folder; unsafe ones are refused."""

import contextlib
import io
import stat
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from makings import write_files
from sources import zipped

import index
from index.errors import UnreadableFile
from index.extract import unzip
from index.store.generation import open_index

KNOWN = frozenset({".txt", ".md"})


def unpacked(files):
    return {
        name: str(part) if isinstance(part, UnreadableFile) else part
        for name, part in unzip.unpack_archive(zipped(files), suffixes=KNOWN)
    }


def refusal(data):
    with pytest.raises(UnreadableFile) as caught:
        unzip.unpack_archive(data, suffixes=KNOWN)
    return str(caught.value)


@pytest.fixture
def docs(tmp_path) -> Path:
    return tmp_path / "docs"


@pytest.fixture
def build(tmp_path, word_encoder):
    def run(*paths):
        return index.build(paths, index=tmp_path / "index", encoder=word_encoder)

    return run


def sources(tmp_path):
    """Return id, source and text of what the index holds."""
    opened = open_index(tmp_path / "index")
    return [
        (entry.id, Path(entry.source).name, opened.document_by_id(entry.id).text)
        for entry in opened.manifest.documents
    ]


# --- the archive --------------------------------------------------------------------------------


def test_files_come_in_the_order_of_their_names():
    found = unpacked({"b.txt": "dog", "a/c.md": "cat", "a/": "", "z.png": "picture"})
    assert list(found.items()) == [("a/c.md", b"cat"), ("b.txt", b"dog"), ("z.png", b"")]


def test_hidden_files_and_links_are_left_out():
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    hidden = {".a.txt": "x", ".git/b.txt": "x", "__MACOSX/c.txt": "x"}
    assert unpacked({link: "/etc/passwd", **hidden, "d.txt": "cat"}) == {"d.txt": b"cat"}


@pytest.mark.parametrize(
    "name", ["../a.txt", "b/../../a.txt", "/etc/a.txt", "C:/a.txt", "b\\..\\..\\a.txt"]
)
def test_names_that_point_outside_are_refused(name):
    assert unpacked({name: "cat"}) == {
        name.strip("/"): "its path points outside the archive",
    }


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("./a.txt", "a.txt"),
        (".//b/./a.txt", "b/a.txt"),
        ("b//a.txt", "b/a.txt"),
        ("b\\c\\a.txt", "b/c/a.txt"),
        (".\\b\\a.txt", "b/a.txt"),
        ("b/../a.txt", "a.txt"),
        ("b\\..\\a.txt", "a.txt"),
        ("Re: ice.txt", "Re: ice.txt"),
    ],
)
def test_names_that_stay_within_are_read_by_their_paths(name, path):
    data = zipped({name: "cat", "b\\": "", "../b/a.md": "dog"})
    assert dict(unzip.unpack_archive(data, suffixes=KNOWN))[path] == b"cat"
    assert unzip.unpack_member(data, path) == b"cat"
    with pytest.raises(UnreadableFile, match="points outside the archive"):
        unzip.unpack_member(data, "../b/a.md")


def test_hidden_files_are_left_out_however_they_are_named():
    assert unpacked({"./.a.txt": "x", ".git\\b.txt": "x", "./d.txt": "cat"}) == {"d.txt": b"cat"}


def test_last_of_several_files_with_one_path_is_read():
    files = {"b/a.txt": "cat", "b\\a.txt": "dog", "/b/a.txt": "bird"}
    assert unpacked(files) == {"b/a.txt": b"dog"}


def zipped_without_flag(names, encoding, *, extra=b""):
    """Return an archive as programs write it that mark no encoding of the names."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for at, name in enumerate(names):
            part = zipfile.ZipInfo(f"{at}".rjust(len(name.encode(encoding)), "~"))
            part.extra = extra
            archive.writestr(part, "cat")
    data = stream.getvalue()
    for at, name in enumerate(names):
        raw = name.encode(encoding)
        data = data.replace(f"{at}".rjust(len(raw), "~").encode(), raw)
    return data


@pytest.mark.parametrize(
    ("encoding", "names"),
    [
        ("utf-8", ["Übung 1.txt", "Größe.txt"]),
        ("cp437", ["Übung 1.txt", "Größe.txt"]),
        ("cp437", ["Été à Nîmes.txt"]),
        ("cp850", ["Ação.txt", "São João.txt"]),
        ("cp1252", ["Übersicht.txt", "Ärger.txt"]),
        ("cp866", ["Правила катка.txt"]),
        ("cp866", ["Договор.txt", "docs/Отчёт за май.txt"]),
        ("cp1251", ["Правила катка.txt", "Отчет.txt"]),
        ("cp932", ["規則.txt", "スケートのルール.txt"]),
        ("cp932", ["表示/入場料.txt"]),
        ("gb18030", ["溜冰场规则.txt", "门票价格.txt"]),
        ("euc_kr", ["스케이트 규칙.txt", "요금.txt"]),
    ],
)
def test_names_without_a_mark_are_decoded(encoding, names):
    found = dict(unzip.unpack_archive(zipped_without_flag(names, encoding), suffixes=KNOWN))
    assert found == dict.fromkeys(names, b"cat")


def test_name_that_is_repeated_in_utf8_is_taken():
    raw, name = "Ж".encode("cp866") + b".txt", "Жук.txt".encode()
    field = b"\1" + zlib.crc32(raw).to_bytes(4, "little") + name
    extra = b"\x75\x70" + len(field).to_bytes(2, "little") + field
    data = zipped_without_flag(["Ж.txt"], "cp866", extra=extra)
    assert dict(unzip.unpack_archive(data, suffixes=KNOWN)) == {"Жук.txt": b"cat"}


def test_archives_in_archives_and_deep_folders_are_refused():
    deep = "/".join("abcdefghijklmnopqrst") + "/u.txt"
    assert unpacked({"inner.zip": zipped({"a.txt": "cat"}), deep: "dog"}) == {
        "inner.zip": "archives inside archives are not read; unpack it first",
        deep: "it is more than 20 folders deep in the archive",
    }


def test_damaged_archive_or_archive_made_to_exhaust_memory_is_refused(monkeypatch):
    assert refusal(b"rubbish") == "the archive is damaged: it cannot be unpacked"
    assert refusal(zipped({"a.txt": bytes(12 << 20)})).startswith("the archive unpacks to 1,0")
    monkeypatch.setattr(unzip, "MAX_ARCHIVE_FILES", 1)
    assert refusal(zipped({"a.txt": "", "b.txt": ""})) == (
        "the archive contains 2 files, more than the limit of 1; split it into several archives"
    )


def test_file_that_is_damaged_does_not_harm_the_others():
    data = zipped({"a.txt": "cat cat cat cat cat", "b.txt": "dog"})
    at = data.index(b"a.txt") + len(b"a.txt")
    broken = data[:at] + b"\xff\xff\xff" + data[at + 3 :]
    found = dict(unzip.unpack_archive(broken, suffixes=KNOWN))
    assert str(found["a.txt"]) == "it cannot be unpacked: this part of the archive is damaged"
    assert found["b.txt"] == b"dog"


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@settings(max_examples=80)
@given(draw=st.data())
def test_no_damage_to_an_archive_stops_a_build(method, draw):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("a.txt", "cat " * 50)
        archive.writestr("b/c.md", "dog " * 50)
    broken = bytearray(stream.getvalue())
    for _ in range(draw.draw(st.integers(1, 6))):
        broken[draw.draw(st.integers(0, len(broken) - 1))] = draw.draw(st.integers(0, 255))
    with contextlib.suppress(UnreadableFile):
        for name, part in unzip.unpack_archive(bytes(broken), suffixes=KNOWN):
            assert name
            assert isinstance(part, bytes) or str(part)


def test_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(unzip, "max_file_bytes", lambda suffix: 5)
    found = unpacked({"a.txt": "large cat", "b.txt": "dog"})
    assert found["b.txt"] == b"dog"
    assert found["a.txt"].startswith("the file is larger than")
    assert set(found) == {"a.txt", "b.txt"}


# --- the index ----------------------------------------------------------------------------------


def test_files_in_an_archive_become_documents(docs, build, tmp_path, word_encoder):
    files = {"in/a.txt": "cat", "b.md": "# dog", "c.png": "x", "d.txt": ""}
    write_files(docs, {"sub/all.zip": zipped(files), "a.txt": "bird"})
    first = build(docs)
    assert sources(tmp_path) == [
        ("a.txt", "a.txt", "bird"),
        ("sub/all.zip/b.md", "all.zip", "# dog"),
        ("sub/all.zip/in/a.txt", "all.zip", "cat"),
    ]
    skipped = {Path(file.path).relative_to(docs): file.reason for file in first.skipped}
    assert list(skipped) == [Path("sub/all.zip/c.png"), Path("sub/all.zip/d.txt")]
    assert skipped[Path("sub/all.zip/d.txt")] == "the file is empty"

    word_encoder.embedded.clear()
    write_files(docs, {"sub/all.zip": zipped({"in/a.txt": "ship", "b.md": "# dog"})})
    second = build(docs)
    assert (second.added, second.changed, second.removed) == ((), ("sub/all.zip/in/a.txt",), ())
    assert word_encoder.embedded == ["ship"]

    (docs / "sub" / "all.zip").unlink()
    assert build(docs).removed == ("sub/all.zip/b.md", "sub/all.zip/in/a.txt")


def test_documents_and_reasons_stay_where_another_folder_is_indexed(docs, build, tmp_path):
    write_files(docs, {"one/all.zip": zipped({"a.txt": "cat", "b.txt": ""}), "two/a.txt": "dog"})
    build(docs / "one")
    (tmp_path / "index" / "library.sqlite").unlink()
    report = build(docs / "two")
    assert sources(tmp_path) == [
        ("a.txt", "a.txt", "dog"),
        ("all.zip/a.txt", "all.zip", "cat"),
    ]
    assert report.added == ("a.txt",)
    assert [Path(file.path).name for file in report.skipped] == ["b.txt"]


def test_archive_that_cannot_be_read_is_skipped(docs, build):
    write_files(docs, {"all.zip": b"rubbish", "a.txt": "cat"})
    assert [(Path(file.path).name, file.reason) for file in build(docs).skipped] == [
        ("all.zip", "the archive is damaged: it cannot be unpacked")
    ]
