"""Tables of Markdown: rows "| … |", one a line, as all readers write them."""

import re

TABLE_ROW = re.compile(r"[ \t]*(?P<row>\|.*(?<!\\)\|)[^\S\n]*$", re.MULTILINE)
"""A line that is a row of a table."""
