"""Documents are added and removed through the page."""
