"""The web application: the chat, its routes and its access control."""
