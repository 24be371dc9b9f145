"""An answer becomes text, blocks or JSON."""
