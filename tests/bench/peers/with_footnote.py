"""Footnote's job. The second argument is the mode: read, unread (without reader) or ask."""

import sys

from job import TOP_K, run_job


def load(_):
    from index.encode.encoder import load_encoder

    return load_encoder()  # The default is the model that the others get.


def build(encoder, corpus, store):
    import index

    return index.build([corpus], index=store, encoder=encoder).chunks


def open_store(encoder, store):
    import qa

    mode = sys.argv[2]

    def ask(question):
        qa.ask(question, index=store)

    def search(question):
        reader = qa.NONE if mode == "unread" else qa.EMBEDDED
        passages = qa.retrieve(question, top_k=TOP_K, index=store, reader=reader)
        return [passage.document.id for passage in passages]

    return ask if mode == "ask" else search


run_job(("sentence-transformers", "transformers", "torch"), load, build, open_store)
