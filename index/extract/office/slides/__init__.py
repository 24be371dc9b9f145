"""PowerPoint slides become text."""
