"""Readers that extract canonical text from one file, within limits on time and memory."""
