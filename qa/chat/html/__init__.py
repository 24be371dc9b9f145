"""Answers and sources become HTML and views."""
