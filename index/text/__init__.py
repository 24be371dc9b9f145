"""Canonical text, and ranges of it."""
