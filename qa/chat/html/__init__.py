"""Answers rendered as HTML, and documents rendered as views of their source."""
