"""Write the golden files, and the texts that are expected of them.

python tests/support/golden_files.py [--accept | NAME…]

Without an option, the files of tests/files/golden are made again (or those whose names begin with
NAME) with pandoc, LibreOffice (soffice), Chromium, git, and the libraries that the functions of
`golden_office` and `golden_web` import; python-docx, nbformat, ebooklib and odfpy are not among
the project's own. With --accept, nothing is made: NAME.expected.txt and expected.json are written
anew from today's extraction. Read the diff before it is committed.

Where a reader is known to be wrong (`FAULTS` in test_golden_files.py), NAME.expected.txt holds
what is right, written by hand, and NAME.faulty.txt what is extracted today; --accept writes only
the latter, and deletes it once the two are the same.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import golden_office
import golden_web

from index.extract.document import SUFFIXES, extract
from index.text.canonical import Extract

GOLDEN = Path(__file__).parents[1] / "files" / "golden"
SOURCES = GOLDEN / "sources"
FACTS = GOLDEN / "expected.json"
LAST_CHANGE = 1746518400
"""The time that the programs are told to be the last change, in seconds: 6 May 2025."""

CSV = "csv:Text - txt - csv (StarCalc):{},34,{},1,,{},false,true,true,false,false,{}"
"""A table of LibreOffice: separator, character set, language, number of the sheet."""


def golden_files() -> list[Path]:
    """Return all golden files, sorted by name."""
    return sorted(path for path in GOLDEN.iterdir() if is_golden(path))


def is_golden(path: Path) -> bool:
    return path.suffix in SUFFIXES and not path.name.endswith((".expected.txt", ".faulty.txt"))


def expected_text_path(path: Path) -> Path:
    """Return where the expected text of a golden file lies."""
    return path.with_name(f"{path.name}.expected.txt")


def faulty_text_path(path: Path) -> Path:
    """Return where the text lies that a faulty reader extracts; there is none for most files."""
    return path.with_name(f"{path.name}.faulty.txt")


def read_golden(path: Path) -> Extract:
    return extract(path, path.read_bytes())


def facts_of(extracted: Extract) -> dict[str, object]:
    """Return what is expected of a file beside its text, without what is empty."""
    names = ("title", "author", "date", "page_starts", "note", "media_type")
    values = {name: getattr(extracted, name) for name in names}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if value
    }


def accept() -> None:
    """Write the expected and faulty texts and the facts from today's extraction."""
    facts = {}
    for path in golden_files():
        extracted = read_golden(path)
        facts[path.name] = facts_of(extracted)
        expected, faulty = expected_text_path(path), faulty_text_path(path)
        text = extracted.text.encode()
        if faulty.exists() and expected.read_bytes() == text:
            faulty.unlink()
            print(f"{path.name} is read rightly now: remove it from FAULTS")
        (faulty if faulty.exists() else expected).write_bytes(text)
    FACTS.write_text(json.dumps(facts, ensure_ascii=False, indent=1) + "\n", "utf-8")


def run(*command: str | Path, folder: Path | None = None) -> None:
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(LAST_CHANGE), "LC_ALL": "C.UTF-8"}
    words = [str(part) for part in command]
    subprocess.run(words, check=True, capture_output=True, env=environment, cwd=folder)


def pandoc(source: str, path: Path, *options: str) -> None:
    run("pandoc", SOURCES / source, "--standalone", *options, "--output", path)


def office(source: Path, path: Path, kind: str = "") -> None:
    """Let LibreOffice save a file in another format; `kind` names its filter and the options."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        copy = folder / f"copy{source.suffix}"
        shutil.copy(source, copy)
        target = kind or path.suffix[1:]
        out = folder / "out"
        run("soffice", profile, "--headless", "--convert-to", target, "--outdir", out, copy)
        # A page may come with pictures of its own, and a sheet has its name in that of the file.
        (written,) = out.glob(f"copy*.{target.partition(':')[0]}")
        shutil.move(written, path)


def chromium(source: str, path: Path) -> None:
    """Let Chromium print a page, or write what a page is after its scripts have run."""
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-sync"]
        flags += ["--disable-background-networking", "--disable-component-update"]
        command = ["chromium", *flags, f"--user-data-dir={profile}"]
        address = (SOURCES / source).as_uri()
        if path.suffix == ".pdf":
            run(*command, "--no-pdf-header-footer", f"--print-to-pdf={path}", address)
        else:
            done = subprocess.run(
                [*command, "--dump-dom", address], check=True, capture_output=True
            )
            path.write_bytes(done.stdout)


def pack(path: Path) -> None:
    """Pack the parts of an office file tightly; pictures, which are no part of its text, go."""
    with zipfile.ZipFile(path) as loose:
        parts = [(part, loose.read(part)) for part in loose.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as tight:
        for part, data in parts:
            pictured = part.filename.endswith((".jpeg", ".png", ".bin"))
            stored = part.filename == "mimetype"
            new = zipfile.ZipInfo(part.filename)
            new.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            tight.writestr(new, b"" if pictured else data)


def by_pandoc(source: str, *options: str) -> Callable[[Path], None]:
    return lambda path: pandoc(source, path, *options)


def by_office(source: str, kind: str = "") -> Callable[[Path], None]:
    """Convert a source or a golden file that stands above it in `MAKERS`."""
    folder = SOURCES if (SOURCES / source).exists() else GOLDEN
    return lambda path: office(folder / source, path, kind)


def by_chromium(source: str) -> Callable[[Path], None]:
    return lambda path: chromium(source, path)


MAKERS: dict[str, Callable[[Path], None]] = {
    # Word, OpenDocument text, RTF
    "pandoc-report.docx": by_pandoc("report.md"),
    "pandoc-report.odt": by_pandoc("report.md"),
    "pandoc-report.rtf": by_pandoc("report.md"),
    "office-minutes.odt": by_office("minutes.fodt"),
    "office-minutes.docx": by_office("minutes.fodt"),
    "office-minutes.rtf": by_office("minutes.fodt"),
    "pandoc-formula.docx": by_pandoc("formula.md"),
    "pandoc-formula.odt": by_pandoc("formula.md"),
    "python-contract.docx": golden_office.contract,
    "office-contract.odt": by_office("python-contract.docx"),
    "office-contract.rtf": by_office("python-contract.docx"),
    "odfpy-recipe.odt": golden_office.recipe,
    # Spreadsheets
    "openpyxl-orders.xlsx": golden_office.orders,
    "xlsxwriter-formats.xlsx": golden_office.cell_formats,
    "office-ledger.ods": by_office("ledger.fods"),
    "office-ledger.xlsx": by_office("ledger.fods"),
    "office-formats.ods": by_office("xlsxwriter-formats.xlsx"),
    "office-orders.ods": by_office("openpyxl-orders.xlsx"),
    # Slides
    "pandoc-gate.pptx": by_pandoc("slides.md", "--slide-level=1"),
    "python-crew.pptx": golden_office.crew,
    "office-kites.odp": by_office("slides.fodp"),
    "office-kites.pptx": by_office("slides.fodp"),
    "office-gate.odp": by_office("pandoc-gate.pptx"),
    "office-crew.odp": by_office("python-crew.pptx"),
    # PDF
    "chromium-rooms.pdf": by_chromium("page.html"),
    "chromium-lighthouse.pdf": by_chromium("chapters.html"),
    "office-minutes.pdf": by_office("minutes.fodt"),
    "office-ledger.pdf": by_office("ledger.fods"),
    "office-kites.pdf": by_office("slides.fodp"),
    "reportlab-invoices.pdf": golden_web.invoices,
    "reportlab-form.pdf": golden_web.form,
    # Pages and books
    "pandoc-report.html": by_pandoc("report.md", "--mathml"),
    "pandoc-report.xhtml": by_pandoc("report.md", "--to=html4"),
    "office-minutes.html": by_office("minutes.fodt", "html:HTML (StarWriter)"),
    "office-ledger.htm": by_office("ledger.fods", "html:HTML (StarCalc)"),
    "chromium-rooms.html": by_chromium("page.html"),
    "pandas-yield.html": golden_web.yield_page,
    "pandoc-report.epub": by_pandoc("report.md", "--mathml"),
    "pandoc-report-2.epub": by_pandoc("report.md", "--to=epub2"),
    "office-minutes.epub": by_office("minutes.fodt", "epub:EPUB"),
    "ebooklib-tales.epub": golden_web.tales,
    # Text, Markdown, notebooks
    "pandoc-report.txt": by_pandoc("report.md", "--to=plain"),
    "pandoc-report.text": by_pandoc("report.md", "--to=rst"),
    "office-minutes-1252.txt": by_office("minutes.fodt", "txt:Text (encoded):MS_1252,CRLF"),
    "office-minutes-utf16.txt": by_office("minutes.fodt", "txt:Text (encoded):UCS2,LF"),
    "pandoc-report.md": by_pandoc("report.md", "--to=markdown"),
    "pandoc-rooms.md": by_pandoc("page.html", "--to=gfm"),
    "pandoc-report.markdown": by_pandoc("report.md", "--to=markdown_mmd"),
    "pandoc-flow.ipynb": by_pandoc("notebook.md"),
    "nbformat-yield.ipynb": golden_web.notebook,
    "nbformat-3-yield.ipynb": golden_web.old_notebook,
    # E-mails
    "python-order.eml": golden_web.order,
    "python-forwarded.eml": golden_web.forwarded,
    "python-newsletter.eml": golden_web.newsletter,
    "git-patch.eml": golden_web.patch,
    # Tables
    "office-ledger.csv": by_office("ledger.fods", CSV.format(59, 76, 1031, 1)),
    "office-trials.tsv": by_office("ledger.fods", CSV.format(9, 76, 1033, 2)),
    "pandas-yield.csv": golden_web.yield_table,
    "pandas-yield.tsv": golden_web.yield_table,
    "python-excel.csv": golden_web.excel_table,
    "python-excel.tsv": golden_web.excel_table,
}


def make(prefixes: list[str]) -> None:
    """Make the files whose names begin with one of `prefixes` (all if there is none)."""
    for name, write in MAKERS.items():
        if not prefixes or name.startswith(tuple(prefixes)):
            path = GOLDEN / name
            write(path)
            if path.suffix in (".docx", ".odt", ".xlsx", ".ods", ".pptx", ".odp", ".epub"):
                pack(path)
            print(f"{path.stat().st_size:8,} {name}")


if __name__ == "__main__":
    if "--accept" in sys.argv:
        accept()
    else:
        make(sys.argv[1:])
