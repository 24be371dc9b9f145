"""Many clients ask concurrently while the index is rebuilt, without any failure."""

import threading

from browsing import ROOT, chat
from load import add_documents, ask_all


def test_twenty_clients_ask_while_the_index_is_rebuilt(tmp_path):
    import index

    index.build([ROOT / "seeds"], index=tmp_path / "index")
    with chat(tmp_path / "index") as address:
        built = []
        adding = threading.Thread(target=lambda: built.append(add_documents(address, 1, 1)))
        adding.start()
        outcome = ask_all(address, 8)
        adding.join()
    assert outcome.failed == []
    assert outcome.busy == []
    assert built == [1]
    assert len(outcome.took) >= 20
    assert set(outcome.by) == {"chat", "http", "mcp"}
