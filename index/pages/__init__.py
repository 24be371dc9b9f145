"""The pages of a PDF become pictures."""
