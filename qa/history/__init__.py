"""Conversations are kept, voted on and exported."""
