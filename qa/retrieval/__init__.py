"""A question becomes ordered passages."""
