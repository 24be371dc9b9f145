"""Excel files (.xlsx): each sheet a heading and a table of what its cells show."""

import warnings

from index.errors import UnreadableFile
from index.extract.delimited import markdown_table
from index.extract.metadata import CORE, read_properties, without_properties
from index.extract.office.cell_format import shown
from index.extract.zip_container import open_archive, refuse_entities, with_parts
from index.text.canonical import Extract, canonicalize

MOST_CELLS = 5_000_000
"""Cells of a workbook that are looked at at most, empty ones between others included."""


def read_xlsx(data: bytes) -> Extract:
    """Read the sheets of a workbook, formulas by the values that were kept of them."""
    archive = open_archive(data, "Excel workbook")
    refuse_entities(archive, "Excel workbook")
    import openpyxl

    blocks = []
    # It warns of what it would lose on saving: nothing is saved.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        stream = with_parts(data, without_properties(archive))
        workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        left = MOST_CELLS
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # Some programs write wrong ones.
            rows: list[list[str]] = []
            for row in sheet.iter_rows():
                left -= len(row) + 1
                if left < 0:
                    raise UnreadableFile(
                        f"the Excel workbook is too large when unpacked: of its cells "
                        f"{MOST_CELLS:,} are read at most"
                    )
                cells = [shown(cell.value, cell.number_format) for cell in row]
                if any(cells) or (rows and rows[-1]):
                    rows.append(cells if any(cells) else [])
            if table := markdown_table(rows):
                blocks.append(f"# {sheet.title}\n\n{table}\n")
    said = read_properties(archive, CORE)
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    text = canonicalize("\n".join(blocks))
    return Extract(said.title, text, media_type, author=said.author, date=said.date)
