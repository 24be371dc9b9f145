"""Access control: who may use the server, how often a password is tried, what strangers see."""
