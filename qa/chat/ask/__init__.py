"""One question in turn."""
