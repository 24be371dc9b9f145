"""Footnote's turn. The second argument tells how it answers: read, unread, or with ask()."""

import sys

from turn import TOP, take_turn


def load(_):
    from index.encode.encoder import load_encoder

    return load_encoder()  # By default the model that the others are told.


def build(encoder, corpus, store):
    import index

    return index.build([corpus], index=store, encoder=encoder).chunks


def open_store(encoder, store):
    import qa

    way = sys.argv[2]

    def ask(question):
        qa.ask(question, index=store)

    def search(question):
        reader = qa.NONE if way == "unread" else qa.EMBEDDED
        passages = qa.retrieve(question, top_k=TOP, index=store, reader=reader)
        return [passage.document.id for passage in passages]

    return ask if way == "ask" else search


take_turn(("sentence-transformers", "transformers", "torch"), load, build, open_store)
