"""Canonical text and ranges of it: chunks, sentences, headings."""
