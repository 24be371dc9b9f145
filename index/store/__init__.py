"""What lies on disk: texts, embeddings and generations."""
