"""The same search on a Milvus server."""
