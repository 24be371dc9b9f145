"""Input files: those in tests/files, PDFs of given lines, ZIP archives, also with changed parts."""

import io
import zipfile
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from index.errors import UnreadableFile
from index.extract.document import extract

FILES = Path(__file__).parents[1] / "files"


def pdf(pages: list[str], *, title: str = "", password: str | None = None) -> bytes:
    """Return a PDF with the lines of each of these pages."""
    stream = io.BytesIO()
    canvas = Canvas(stream, encrypt=password)
    canvas.setTitle(title)
    for page in pages:
        for number, line in enumerate(page.split("\n")):
            canvas.drawString(72, 800 - 14 * number, line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def refusal(name: str, data: bytes) -> str:
    """Return the message with which a file is refused."""
    with pytest.raises(UnreadableFile) as caught:
        extract(Path(name), data)
    return str(caught.value)


FRENCH = (
    "Le café coûte cinq euros. Déjà vu à l'été. Le garçon a mangé une crêpe près de la fenêtre "
    "où l'élève était assis. Les problèmes économiques ont été résolus grâce à l'aide européenne."
)


def read(name):
    """Extract a file of tests/files."""
    return extract(FILES / name, (FILES / name).read_bytes())


def zipped(files):
    """Return a compressed ZIP archive of these files; the keys are names or `ZipInfo` records."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def repacked(name, changed):
    """Return a file of tests/files in which the parts named in `changed` are replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(FILES / name) as old, zipfile.ZipFile(stream, "w") as new:
        for part in {*old.namelist(), *changed}:
            new.writestr(part, changed[part] if part in changed else old.read(part))
    return stream.getvalue()


REPORT = """# Harbour report

# The ships

The Fram sailed from Oslo in May. She carried flour, salt and coffee — “the best of the year”.

Note: Her captain was Otto Sverdrup.

- Bread
- Water
  - from the well
  - from the river

1. Load the ship.
2. Cast off.

## What it cost

| Port | Days | Crowns |
| --- | --- | --- |
| Tromsø | 3 | 1,200 |
| Bodø | 12 | 4,750 |

Costs rose by 4.5% over the year.

# Straße nach Łódź

Zażółć gęślą jaźń; 東京 is far.
"""
