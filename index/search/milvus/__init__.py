"""The rows of an index are searched on a Milvus server."""
