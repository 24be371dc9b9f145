"""Office documents become text."""
