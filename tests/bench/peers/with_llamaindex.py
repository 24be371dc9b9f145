"""LlamaIndex's turn, as its starter has it: a VectorStoreIndex that is persisted and loaded."""

from turn import TOP, read_texts, take_turn


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
    retriever = index.as_retriever(similarity_top_k=TOP)

    def search(question):
        return [found.node.ref_doc_id for found in retriever.retrieve(question)]

    return search


take_turn(("llama-index-core", "llama-index-embeddings-huggingface"), load, build, open_store)
