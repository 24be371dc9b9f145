"""Haystack's job, as in its tutorial on hybrid retrieval, but without the ranker.

The ranker needs another model; the two lists are joined by reciprocal rank instead. The in-memory
store is saved to a file and loaded from it.
"""

from pathlib import Path

from job import TOP_K, read_texts, run_job


def load(model):
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
    )

    # Embedders of the same model share one copy of it.
    SentenceTransformersDocumentEmbedder(model=model).warm_up()
    return model


def build(model, corpus, store):
    from haystack import Document, Pipeline
    from haystack.components.preprocessors import DocumentSplitter
    from haystack.components.writers import DocumentWriter
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
    )

    documents = [Document(content=text, meta={"source": name}) for name, text in read_texts(corpus)]
    document_store = InMemoryDocumentStore()
    indexing = Pipeline()
    indexing.add_component(
        "splitter", DocumentSplitter(split_by="word", split_length=512, split_overlap=32)
    )
    indexing.add_component("embedder", SentenceTransformersDocumentEmbedder(model=model))
    indexing.add_component("writer", DocumentWriter(document_store=document_store))
    indexing.connect("splitter", "embedder")
    indexing.connect("embedder", "writer")
    indexing.run({"splitter": {"documents": documents}})
    Path(store).mkdir(parents=True)
    document_store.save_to_disk(f"{store}/documents.json")
    return document_store.count_documents()


def open_store(model, store):
    from haystack import Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers.in_memory import (
        InMemoryBM25Retriever,
        InMemoryEmbeddingRetriever,
    )
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersTextEmbedder,
    )

    document_store = InMemoryDocumentStore.load_from_disk(f"{store}/documents.json")
    asking = Pipeline()
    asking.add_component("embedder", SentenceTransformersTextEmbedder(model=model))
    asking.add_component("meaning", InMemoryEmbeddingRetriever(document_store, top_k=TOP_K))
    asking.add_component("words", InMemoryBM25Retriever(document_store, top_k=TOP_K))
    asking.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=TOP_K))
    asking.connect("embedder", "meaning")
    asking.connect("meaning", "joiner")
    asking.connect("words", "joiner")

    def search(question):
        found = asking.run({"embedder": {"text": question}, "words": {"query": question}})
        return [document.meta["source"] for document in found["joiner"]["documents"]]

    return search


run_job(("haystack-ai", "sentence-transformers-haystack"), load, build, open_store)
