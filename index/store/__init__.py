"""The files of an index: a library of texts and embeddings, and generations."""
