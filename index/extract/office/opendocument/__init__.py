"""OpenDocument texts, slides and spreadsheets become text."""
