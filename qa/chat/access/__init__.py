"""Who may come in, and what strangers learn."""
