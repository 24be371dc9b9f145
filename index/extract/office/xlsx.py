"""Read Excel workbooks (.xlsx): each sheet as a heading and a table of formatted values."""

import warnings

from index.errors import UnreadableFile
from index.extract.delimited import format_table
from index.extract.metadata import CORE_PART, blank_metadata, read_part_metadata
from index.extract.office.cell_format import format_cell
from index.extract.zip_container import open_archive, refuse_entities, replace_parts
from index.text.canonical import Extract, canonicalize

MAX_CELLS = 5_000_000
"""Maximum number of cells in a workbook, empty ones between others included."""


def read_xlsx(data: bytes) -> Extract:
    """Read the sheets of a workbook; formulas are read as their cached values."""
    archive = open_archive(data, "Excel workbook")
    refuse_entities(archive, "Excel workbook")
    import openpyxl

    blocks = []
    # The library warns about content that it would lose on saving; nothing is saved.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        stream = replace_parts(data, blank_metadata(archive))
        workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        left = MAX_CELLS
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # Some programs write wrong dimensions.
            rows: list[list[str]] = []
            for row in sheet.iter_rows():
                left -= len(row) + 1
                if left < 0:
                    raise UnreadableFile(
                        f"the Excel workbook has more than {MAX_CELLS:,} cells; "
                        "split it into several files"
                    )
                cells = [format_cell(cell.value, cell.number_format) for cell in row]
                if any(cells) or (rows and rows[-1]):
                    rows.append(cells if any(cells) else [])
            if table := format_table(rows):
                blocks.append(f"# {sheet.title}\n\n{table}\n")
    metadata = read_part_metadata(archive, CORE_PART)
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    text = canonicalize("\n".join(blocks))
    return Extract(metadata.title, text, media_type, author=metadata.author, date=metadata.date)
