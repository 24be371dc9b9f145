"""An index that is kept open: what it keeps, what it sees, and how it ends."""

import inspect

import pytest
from makings import WordEncoder, write_files

import index
import qa
from index.errors import FootnoteError, IndexDamaged, IndexNotFound, NoMatch

QUESTION = "Who opened the bridge?"


@pytest.fixture
def built(tmp_path, word_encoder):
    source = write_files(
        tmp_path / "files",
        {
            "bridge.txt": "The minister opened the bridge in Oslo.",
            "ship.txt": "A ship visited the harbour of Tokyo.",
        },
    )
    folder = tmp_path / "index"
    index.build([source], index=folder, encoder=word_encoder)
    return source, folder


def texts(passages):
    return [passage.text for passage in passages]


def test_it_asks_retrieves_and_lists_as_the_short_calls_do(built, word_encoder):
    _, folder = built
    with qa.open(folder, encoder=word_encoder, reader="none") as library:
        answer = library.ask(QUESTION)
        passages = library.retrieve(QUESTION, top_k=1)
        each = list(library.ask_each(QUESTION))
        assert [entry.id for entry in library.documents()] == ["bridge.txt", "ship.txt"]
    options = {"index": folder, "encoder": word_encoder, "reader": "none"}
    assert answer.to_dict() == qa.ask(QUESTION, **options).to_dict()
    assert [one.document.document_id for one in each] == ["bridge.txt", "ship.txt"]
    assert list(map(repr, each)) == list(map(repr, qa.ask_each(QUESTION, **options)))
    assert texts(passages) == ["The minister opened the bridge in Oslo."]
    assert texts(qa.retrieve(QUESTION, top_k=1, **options)) == texts(passages)


@pytest.mark.parametrize(
    ("short", "method"),
    [(qa.ask, "ask"), (qa.retrieve, "retrieve"), (qa.ask_each, "ask_each")],
)
def test_the_short_calls_take_what_the_handle_takes(short, method):
    taken = inspect.signature(short).parameters
    shared = inspect.signature(getattr(qa.Handle, method)).parameters
    opening = inspect.signature(qa.open).parameters
    assert set(taken) == (set(shared) - {"self"}) | set(opening)
    for name, parameter in [*opening.items(), *list(shared.items())[1:]]:
        assert taken[name].default == parameter.default


def test_a_new_generation_is_seen_and_an_old_one_is_kept(built, word_encoder):
    source, folder = built
    with qa.open(folder, encoder=word_encoder, reader="none") as library:
        library.retrieve(QUESTION)
        first = library._open()
        assert library._open() is first
        write_files(source, {"river.txt": "The river in Paris was painted."})
        index.build([source], index=folder, encoder=word_encoder)
        assert texts(library.retrieve("river painted", top_k=1)) == [
            "The river in Paris was painted."
        ]
        index.rollback(index=folder)
        assert len(library.documents()) == 2


def test_two_handles_keep_their_encoders(tmp_path, monkeypatch):
    made = []

    def load(name):
        made.append(name)
        return WordEncoder(name=name, vocabulary=("bridge", name))

    folders = {name: tmp_path / name for name in ("one", "two")}
    for name, folder in folders.items():
        source = write_files(tmp_path / f"{name} files", {"a.txt": f"A bridge called {name}."})
        index.build([source], index=folder, encoder=load(name))
    monkeypatch.setattr("index.store.generation.load_encoder", load)
    monkeypatch.setattr("index.publish.load_encoder", load)
    made.clear()
    with (
        qa.open(folders["one"], reader="none") as one,
        qa.open(folders["two"], reader="none") as two,
    ):
        for _ in range(3):
            assert texts(one.retrieve("bridge")) == ["A bridge called one."]
            assert texts(two.retrieve("bridge")) == ["A bridge called two."]
        for name, library in (("one", one), ("two", two)):
            more = write_files(tmp_path / f"{name} more", {"b.txt": "A ship."})
            index.build(
                [more], index=folders[name], encoder=WordEncoder(("bridge", name), name=name)
            )
            library.remove(["b.txt"])
            assert texts(library.retrieve("bridge")) == [f"A bridge called {name}."]
    assert made == ["one", "two"]


class PruningEncoder(WordEncoder):
    """Has the index replaced, and its texts pruned, while a question is embedded."""

    def __init__(self, prune):
        super().__init__()
        self._prune = prune

    def embed_question(self, question):
        prune, self._prune = self._prune, lambda: None
        prune()
        return super().embed_question(question)


def replace_all(tmp_path, folder):
    source = write_files(tmp_path / "later", {"late.txt": "Ida opened the bridge later."})
    index.build([source], index=folder, encoder=WordEncoder(), prune=True)


def test_a_generation_pruned_while_it_is_asked_is_opened_anew(built, tmp_path):
    _, folder = built
    encoder = PruningEncoder(lambda: replace_all(tmp_path, folder))
    with qa.open(folder, encoder=encoder, reader="none") as library:
        assert texts(library.retrieve(QUESTION)) == ["Ida opened the bridge later."]


def test_the_same_holds_for_the_short_call(built, tmp_path):
    _, folder = built
    encoder = PruningEncoder(lambda: replace_all(tmp_path, folder))
    answer = qa.ask(QUESTION, index=folder, encoder=encoder, reader="none")
    assert {passage.document_id for passage in answer.passages} == {"late.txt"}


def test_a_damaged_index_stays_an_error(built, word_encoder):
    _, folder = built
    with qa.open(folder, encoder=word_encoder, reader="none") as library:
        library.ask(QUESTION)
        (folder / "CURRENT").write_text("nine")
        with pytest.raises(IndexDamaged, match="expected the number of a generation"):
            library.retrieve(QUESTION)


def test_it_can_be_opened_before_there_is_an_index(tmp_path, word_encoder):
    source = write_files(tmp_path / "files", {"a.txt": "A ship visited Oslo."})
    with qa.open(tmp_path / "index", encoder=word_encoder, reader="none") as library:
        with pytest.raises(IndexNotFound, match="There is no index in"):
            library.ask("Which ship?")
        index.build([source], index=tmp_path / "index", encoder=word_encoder)
        assert len(library.retrieve("Which ship?")) == 1


def test_an_opened_generation_can_be_asked(built, word_encoder):
    _, folder = built
    opened = index.open_index(folder, encoder=word_encoder)
    with qa.open(opened, reader="none") as library:
        assert library.folder == folder
        assert len(library.retrieve(QUESTION)) == 2


def test_a_closed_one_says_so(built, word_encoder):
    _, folder = built
    library = qa.open(folder, encoder=word_encoder, reader="none")
    library.ask(QUESTION)
    library.close()
    library.close()
    for call in (
        lambda: library.ask(QUESTION),
        lambda: library.retrieve(QUESTION),
        library.documents,
        lambda: library.remove(["ship.txt"]),
    ):
        with pytest.raises(FootnoteError, match=r"is closed. Open another: qa.open\("):
            call()
    assert repr(library) == f"Handle({str(folder)!r}, closed)"


def test_documents_are_removed_through_it(built, word_encoder):
    _, folder = built
    with qa.open(folder, encoder=word_encoder, reader="none") as library:
        assert library.remove(["ship.txt"]).removed == ("ship.txt",)
        assert [entry.id for entry in library.documents()] == ["bridge.txt"]
        with pytest.raises(NoMatch, match="No document matches"):
            library.remove(["ship.txt"])
