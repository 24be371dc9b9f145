"""Access control: who may use the server, and what untrusted clients may read."""
