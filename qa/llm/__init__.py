"""A language model phrases the answer; each of its sentences is verified."""
