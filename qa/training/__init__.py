"""Makes the reader, and fits the numbers that order and decide."""
