"""The page of the web chat, and what it asks the server for."""
