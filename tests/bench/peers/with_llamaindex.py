"""LlamaIndex's job, as in its starter tutorial: a VectorStoreIndex, persisted and loaded."""

from job import TOP_K, read_texts, run_job


def load(model):
    from llama_index.core import Settings
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    Settings.embed_model = HuggingFaceEmbedding(model_name=model)


def build(_, corpus, store):
    from llama_index.core import Document, VectorStoreIndex

    documents = [Document(text=text, id_=name) for name, text in read_texts(corpus)]
    index = VectorStoreIndex.from_documents(documents)
    index.storage_context.persist(persist_dir=store)
    return len(index.docstore.docs)


def open_store(_, store):
    from llama_index.core import StorageContext, load_index_from_storage

    index = load_index_from_storage(StorageContext.from_defaults(persist_dir=store))
    retriever = index.as_retriever(similarity_top_k=TOP_K)

    def search(question):
        return [found.node.ref_doc_id for found in retriever.retrieve(question)]

    return search


run_job(("llama-index-core", "llama-index-embeddings-huggingface"), load, build, open_store)
