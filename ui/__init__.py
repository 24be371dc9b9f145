"""The web chat: Footnote as a page, an HTTP endpoint and an MCP server."""
