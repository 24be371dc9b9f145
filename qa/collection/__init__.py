"""Questions about the collection itself are recognised, and answered from the catalogue."""
