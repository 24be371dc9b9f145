"""Format the names of the columns of a table, which are shown with a row of it."""

from qa.citation import Citation
from qa.rendering.plain_text import format_text_parts


def format_columns(citation: Citation) -> str:
    """Return the header of the table that a quotation begins in as plain text, "" without one.

    >>> header, row = "| Item | **Stock** |", "| Travel mug | 0 |"
    >>> format_columns(Citation("a.md", "A", "", None, 0, 18, row, 15, 16, header=header))
    'Item · Stock'
    """
    header = citation.header
    if not header:
        return ""
    stops = (0, 0, len(header), len(header))
    return "".join(format_text_parts(header, citation.document_id, stops))
