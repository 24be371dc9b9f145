"""The `footnote` command."""
