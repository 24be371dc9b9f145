"""Excel workbooks become text, their cells as Excel shows them."""
