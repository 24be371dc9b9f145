"""Labelled questions in, measures out."""
