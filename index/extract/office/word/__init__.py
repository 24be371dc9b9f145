"""Word documents become text."""
