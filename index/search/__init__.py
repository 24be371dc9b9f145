"""The rows of an index are found by meaning and by words."""
