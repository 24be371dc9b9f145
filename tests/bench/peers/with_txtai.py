"""txtai's job, as in its documentation: a hybrid embeddings database that stores the content."""

from job import TOP_K, read_texts, run_job


def load(model):
    from txtai import Embeddings

    return Embeddings(path=model, content=True, hybrid=True)


def build(embeddings, corpus, store):
    embeddings.index(read_texts(corpus))
    embeddings.save(store)
    return embeddings.count()


def open_store(embeddings, store):
    embeddings.load(store)

    def search(question):
        return [found["id"] for found in embeddings.search(question, TOP_K)]

    return search


run_job(("txtai", "sentence-transformers", "transformers", "torch"), load, build, open_store)
