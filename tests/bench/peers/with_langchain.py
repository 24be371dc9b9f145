"""LangChain's job, as in its guide to semantic search: split, embedded, stored in FAISS."""

from job import TOP_K, read_texts, run_job


def load(model):
    from langchain_huggingface import HuggingFaceEmbeddings

    return HuggingFaceEmbeddings(model_name=model)


def build(embeddings, corpus, store):
    from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    documents = [
        Document(page_content=text, metadata={"source": name}) for name, text in read_texts(corpus)
    ]
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=1000, chunk_overlap=200, add_start_index=True
    )
    pieces = splitter.split_documents(documents)
    FAISS.from_documents(pieces, embeddings).save_local(store)
    return len(pieces)


def open_store(embeddings, store):
    from langchain_community.vectorstores import FAISS

    vectors = FAISS.load_local(store, embeddings, allow_dangerous_deserialization=True)

    def search(question):
        return [found.metadata["source"] for found in vectors.similarity_search(question, k=TOP_K)]

    return search


run_job(
    ("langchain", "langchain-community", "langchain-huggingface", "faiss-cpu"),
    load,
    build,
    open_store,
)
