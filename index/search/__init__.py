"""Rows are found by meaning and by words."""
