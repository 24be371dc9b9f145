"""txtai's turn, as its documentation has it: an embeddings database, hybrid, with its content."""

from turn import TOP, read_texts, take_turn


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
        return [found["id"] for found in embeddings.search(question, TOP)]

    return search


take_turn(("txtai", "sentence-transformers", "transformers", "torch"), load, build, open_store)
