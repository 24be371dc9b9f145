"""Read Excel workbooks (.xlsx): each sheet as a heading and a table of formatted values."""

import warnings

from index.errors import UnreadableFile
from index.extract.delimited import format_tables
from index.extract.metadata import CORE_PART, blank_metadata, read_part_metadata
from index.extract.office.sheets.cell_format import format_cell
from index.extract.office.sheets.comments import add_comments, read_comments
from index.extract.office.sheets.formulas import find_unsaved_formulas
from index.extract.office.sheets.rich_text import write_raised_runs
from index.extract.office.sheets.text_boxes import read_text_boxes
from index.extract.stacked import split_tables
from index.extract.zip_container import open_office_file, replace_parts
from index.text.canonical import Extract, canonicalize

MAX_CELLS = 5_000_000
"""Maximum number of cells in a workbook, empty ones between others included."""


def read_xlsx(data: bytes) -> Extract:
    """Read the sheets of a workbook, hidden ones as well, each with its text boxes.

    Comments on cells stand at the end of their row, those on titles and headers below the table.

    Formulas are read as their saved values. One without is read as its own text, and the note says
    how many there are.
    """
    data, archive = open_office_file(data, "Excel workbook")
    import openpyxl

    blocks, unsaved = [], 0
    # The library warns about content that it would lose on saving; nothing is saved.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        stream = replace_parts(data, blank_metadata(archive) | write_raised_runs(archive))
        workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        left = MAX_CELLS
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()  # Some programs write wrong dimensions.
            formulas = find_unsaved_formulas(archive.read(sheet._worksheet_path))
            unsaved += len(formulas)
            comments = read_comments(archive, sheet._worksheet_path)
            rows: list[list[str]] = []
            numbers: list[int] = []
            for at, row in enumerate(sheet.iter_rows(), 1):
                left -= len(row) + 1
                if left < 0:
                    raise UnreadableFile(
                        f"the Excel workbook has more than {MAX_CELLS:,} cells; "
                        "split it into several files"
                    )
                cells = [format_cell(cell.value, cell.number_format) for cell in row]
                if formulas:
                    places = enumerate(cells, 1)
                    cells = [cell or formulas.get((at, column), "") for column, cell in places]
                if any(cells) or (rows and rows[-1]):
                    rows.append(cells if any(cells) else [])
                    numbers.append(at)
            tables = split_tables(rows)
            remarks = add_comments(tables, numbers, comments) if comments else []
            boxes = read_text_boxes(archive, sheet._worksheet_path)
            if content := "\n\n".join(filter(None, [format_tables(tables), *remarks, *boxes])):
                blocks.append(f"# {sheet.title}\n\n{content}\n")
    metadata = read_part_metadata(archive, CORE_PART)
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    text = canonicalize("\n".join(blocks))
    return Extract(
        metadata.title,
        text,
        media_type,
        author=metadata.author,
        date=metadata.date,
        note=_describe_unsaved(unsaved),
    )


def _describe_unsaved(count: int) -> str:
    if not count:
        return ""
    cells = "1 cell holds a formula" if count == 1 else f"{count:,} cells hold formulas"
    return f"{cells} without a saved value; open the workbook in a spreadsheet program and save it"
