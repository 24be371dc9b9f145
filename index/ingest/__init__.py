"""Paths become the rows of an index."""
