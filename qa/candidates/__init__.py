"""Passages become possible answers."""
