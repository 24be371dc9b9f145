"""Turns files and folders into the rows of an index."""
