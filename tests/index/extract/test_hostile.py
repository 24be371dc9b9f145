"""Malicious files: nothing is executed or read outside the folder, and the build goes on."""

import contextlib
import os
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from conversing import start_conversation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from makings import WordEncoder, write_files
from mounting import in_namespace
from sources import FILES, zipped

import index
from index.errors import UnreadableFile
from index.extract.document import SUFFIXES, extract
from index.store.generation import open_index
from qa.history.conversations import Conversations

ZIPPED = (".docx", ".pptx", ".xlsx", ".odt", ".odp", ".ods", ".epub")


def nested(depth: int) -> bytes:
    data = b"cat"
    for _ in range(depth):
        data = zipped({"inner.zip": data})
    return data


def swollen_pdf() -> bytes:
    """Return a PDF of a few kilobytes whose only page unpacks to 300 MB of drawing commands."""
    pack = zlib.compressobj(9)
    content = (
        b"".join(pack.compress(b"0 0 m 9 9 l S\n" * 80_000) for _ in range(270)) + pack.flush()
    )
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content),
    ]
    out = b"%PDF-1.4\n"
    for number, part in enumerate(parts, 1):
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    return out + b"trailer << /Root 1 0 R /Size 5 >>\n%%EOF"


def looping_pdf() -> bytes:
    """Return a PDF whose pages are their own children."""
    return (
        b"%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
        b"2 0 obj << /Type /Pages /Kids [2 0 R 2 0 R] /Count 99999 >> endobj\n"
        b"trailer << /Root 1 0 R /Size 3 >>\n%%EOF"
    )


LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]>"
)


OUTSIDE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


def with_entities(name: str, part: str) -> bytes:
    """Return a real file in which one part declares nested entities (a "billion laughs" attack)."""
    with zipfile.ZipFile(FILES / name) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[part] = parts[part].replace(b"?>", b"?>" + LAUGHS, 1)
    return zipped(parts)


@pytest.fixture
def build(tmp_path):
    def run() -> index.BuildReport:
        return index.build([tmp_path / "docs"], index=tmp_path / "index", encoder=WordEncoder())

    return run


def test_harmful_files_are_skipped_with_reasons_and_the_rest_is_indexed(tmp_path, build):
    outside = write_files(tmp_path / "outside", {"secret.txt": "secret"})
    docs = write_files(
        tmp_path / "docs",
        {
            "good.txt": "cat",
            "bomb.zip": zipped({"a.txt": bytes(64 << 20)}),
            "deep.zip": nested(30),
            "leads-out.zip": zipped({"../../outside/evil.txt": b"evil", "fine.txt": b"dog"}),
            "bomb.docx": zipped({"word/document.xml": b" " * (64 << 20)}),
            "laughs.html": LAUGHS + b"<p>&l;</p>",
            "outside.html": OUTSIDE + b"<p>&x; ship</p>",
            "swollen.pdf": swollen_pdf(),
            "looping.pdf": looping_pdf(),
            "deep.html": b"<div>" * 100_000,
            "deep.ipynb": b"[" * 100_000,
            "deep.rtf": b"{\\rtf1" + b"{" * 100_000 + b"x",
            "mail.eml": b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * 50_000,
            "<b>name</b>\n.txt": "bird",
        },
    )
    (docs / "link.txt").symlink_to(outside / "secret.txt")
    (docs / "loop").symlink_to(docs)
    (docs / "round").symlink_to(docs / "round")
    report = build()
    texts = {
        e.id: open_index(tmp_path / "index").document_by_id(e.id).text
        for e in open_index(tmp_path / "index").manifest.documents
    }
    for name, text in (
        ("good.txt", "cat"),
        ("leads-out.zip/fine.txt", "dog"),
        ("<b>name</b>\n.txt", "bird"),
    ):
        assert texts.pop(name) == text
    assert not any("secret" in text or "root:" in text for text in texts.values())
    assert all(len(text) < 1_000_000 for text in texts.values())
    reasons = {skipped.path.removeprefix(f"{docs}/"): skipped.reason for skipped in report.skipped}
    assert "unpacks to" in reasons["bomb.zip"]
    assert reasons["deep.zip/inner.zip"] == "archives inside archives are not read; unpack it first"
    assert "points outside the archive" in reasons["leads-out.zip/../../outside/evil.txt"]
    assert reasons["bomb.docx"].startswith("the Word document")
    assert set(reasons) & {"looping.pdf", "swollen.pdf"} == {"looping.pdf", "swollen.pdf"}
    assert reasons["link.txt"] == "a symbolic link that leads outside the folder"
    assert reasons["round"] == "a symbolic link that leads nowhere"
    assert "loop" not in reasons
    assert not (tmp_path / "outside" / "evil.txt").exists()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("pandoc.docx", "word/document.xml"),
        ("slides.pptx", "ppt/slides/slide1.xml"),
        ("ledger.xlsx", "xl/workbook.xml"),
    ],
)
def test_entities_are_never_resolved(name, part):
    with pytest.raises(UnreadableFile, match="declares XML entities"):
        extract(Path(name), with_entities(name, part))


def test_entities_of_an_odt_are_refused_by_its_parser():
    with zipfile.ZipFile(FILES / "pandoc.odt") as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    content = parts["content.xml"].replace(b"?>", b"?>" + LAUGHS, 1)
    assert b"</text:p>" in content
    parts["content.xml"] = content.replace(b"</text:p>", b"&l;</text:p>")
    with pytest.raises(UnreadableFile, match="the OpenDocument text is damaged"):
        extract(Path("a.odt"), zipped(parts))


@pytest.mark.parametrize("path", sorted(FILES.glob("*.*")), ids=lambda path: path.name)
def test_no_damage_to_a_file_stops_a_build(path):
    """A real file of each format, with bytes changed, removed or doubled, is read or refused."""
    if path.suffix.lower() not in SUFFIXES:
        pytest.skip("no document")
    data = path.read_bytes()

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def damage(draw):
        broken = bytearray(data)
        for _ in range(draw.draw(st.integers(1, 8))):
            place = draw.draw(st.integers(0, max(0, len(broken) - 1)))
            kind = draw.draw(st.sampled_from(["change", "cut", "double"]))
            if kind == "change" and broken:
                broken[place] = draw.draw(st.integers(0, 255))
            elif kind == "cut":
                del broken[place : place + draw.draw(st.integers(1, 200))]
            else:
                broken[place:place] = broken[place : place + 50]
        with contextlib.suppress(UnreadableFile):
            found = extract(path, bytes(broken))
            assert found.text.strip()
            assert list(found.page_starts) == sorted(found.page_starts)

    damage()


@pytest.mark.parametrize(
    "text",
    [
        "---\n" + "- : x\n" * 5000,
        "---\ntitle: a" + " " * 500_000 + "b\n---\nText",
        "# a" + " " * 500_000 + "b\n",
        "`" * 500_000,
        "a. " * 100_000,
        "." * 500_000,
        "| " * 300_000,
        "\n- " * 200_000,
        "\u0315\u0300" * 15_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_no_text_takes_quadratic_time(text, tmp_path):
    """Each takes seconds at most; with quadratic time it would be minutes."""
    docs = write_files(tmp_path / "docs", {"a.md": text, "good.txt": "cat"})
    report = index.build([docs], index=tmp_path / "index", encoder=WordEncoder())
    assert "good.txt" in report.added


@settings(max_examples=150)
@given(suffix=st.sampled_from(sorted(SUFFIXES)), data=st.binary(max_size=300))
def test_no_random_bytes_stop_a_build(suffix, data):
    with contextlib.suppress(UnreadableFile):
        assert extract(Path(f"a{suffix}"), data).text.strip()


SCRIPT = """
import re, sys
from makings import WordEncoder
import index
report = index.build([sys.argv[1]], index=sys.argv[2], encoder=WordEncoder())
print(report.skipped[0].reason)
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) >> 10)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc")
def test_a_gigabyte_of_text_takes_no_memory(tmp_path):
    docs = write_files(tmp_path / "docs", {"good.txt": "cat"})
    with (docs / "large.txt").open("wb") as stream:
        stream.truncate(1 << 30)
    found = subprocess.run(
        [sys.executable, "-c", SCRIPT, docs, tmp_path / "index"],
        cwd=Path(__file__).parents[2] / "support",
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    reason, peak = found.stdout.splitlines()
    assert reason.startswith("the file is larger than 40 MB")
    assert int(peak) < 700


# --- disks that cannot be written -----------------------------------------------------------------


BUILD = (
    f"{sys.executable} -c 'import sys, index; from makings import WordEncoder\n"
    "try: index.build([sys.argv[1]], index=sys.argv[2], encoder=WordEncoder())\n"
    'except index.FootnoteError as error: sys.exit("error: " + str(error))\''
)


def test_full_disk_is_reported_and_leaves_the_live_index(tmp_path):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})
    large = " ".join(f"cat{n}" for n in range(400_000))
    write_files(tmp_path / "large", {"a.txt": large})
    (tmp_path / "disk").mkdir()
    script = f"""
        mount -t tmpfs -o size=1m tmpfs "$3" || exit 77
        {BUILD} "$1" "$3/index"
        ! {BUILD} "$2" "$3/index"
        {sys.executable} -c 'import sys, index
opened = index.open_index(sys.argv[1])
print(opened.name, opened.document(0).text)' "$3/index"
    """
    found = in_namespace(script, docs, tmp_path / "large", tmp_path / "disk")
    assert "error: " in found.stderr
    assert "space" in found.stderr
    assert (found.returncode, found.stdout) == (0, "000001 cat\n")


def test_read_only_folder_is_reported_and_still_answers(tmp_path):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})
    index.build([docs], index=tmp_path / "index", encoder=WordEncoder())
    script = f"""
        mount --bind "$2" "$2" && mount -o remount,bind,ro "$2" || exit 77
        ! {BUILD} "$1" "$2"
        {sys.executable} -c 'import sys, qa; from makings import WordEncoder
print(qa.retrieve("cat", index=sys.argv[1], encoder=WordEncoder(), reader="none")[0].text)' "$2"
    """
    found = in_namespace(script, docs, tmp_path / "index")
    assert "error: Cannot write to" in found.stderr
    assert (found.returncode, found.stdout) == (0, "cat\n"), found.stderr


def test_read_only_or_full_disk_of_conversations_is_reported_and_they_can_be_read(tmp_path):
    act = f"""{sys.executable} -c 'import sys; from pathlib import Path
from conversing import ANN, start_conversation
from index.errors import FootnoteError
from qa.history.conversations import Conversations
store = Conversations(Path(sys.argv[1]))
try:
    while True: start_conversation(store, ANN, *["word " * 400] * 20)
except FootnoteError as error: print(error)
print(*{{talk.title[:4] for talk in store.list_conversations(ANN)}})' """
    (tmp_path / "kept").mkdir()
    (tmp_path / "disk").mkdir()
    start_conversation(Conversations(tmp_path / "kept"), "ann's cookie", "One?")
    script = f"""
        mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" || exit 77
        {act} "$1"
        mount -t tmpfs -o size=1m tmpfs "$2" || exit 77
        {act} "$2"
    """
    found = in_namespace(script, tmp_path / "kept", tmp_path / "disk")
    message = (
        "The conversations cannot be stored or read ({}). Check the permissions of the index's "
    )
    read_only, kept, full, words = found.stdout.splitlines()
    assert read_only.startswith(message.format("unable to open database file"))
    assert full.startswith(message.format("database or disk is full"))
    assert (kept, words) == ("One?", "word")
