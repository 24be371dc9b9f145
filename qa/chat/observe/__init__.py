"""Observability: the server's events, metrics and log."""
