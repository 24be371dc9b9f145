"""PDFs become text, scanned pages included."""
