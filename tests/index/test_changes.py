"""An index updated after any sequence of changes to the files equals one built from scratch."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from makings import VOCABULARY, WordEncoder, write_files

import index
from index.store.generation import Generation, open_index

WORDS = st.sampled_from(VOCABULARY[:6])
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
NAMES = st.sampled_from(["a.txt", "b.md", "c.csv", "x/a.txt", "x/y/d.html", "z/a.txt"])
QUESTIONS = ("apple banana", "cherry", "cat dog dog", "a", "d html")


def contents(opened: Generation) -> dict[str, object]:
    """Return everything in an index that can affect an answer."""
    encoder = WordEncoder()
    documents = [(entry.id, entry.sha256, entry.title) for entry in opened.manifest.documents]
    return {
        "documents": documents,
        "texts": [opened.document_by_id(i).text for i, _, _ in documents],
        "also": [opened.document_by_id(i).also for i, _, _ in documents],
        "chunks": opened.chunks.tolist(),
        "vectors": opened.dense.vectors(range(len(opened.dense))).tolist(),
        "words": [opened.lexical.search(question, 99) for question in QUESTIONS],
        "meaning": [opened.dense.search(encoder.embed_question(q), 99) for q in QUESTIONS],
    }


class UpdatedIndex(RuleBasedStateMachine):
    """Files that are added, changed, copied, moved and removed, with builds in between."""

    def __init__(self):
        super().__init__()
        self.home = Path(tempfile.mkdtemp())
        self.docs = write_files(self.home / "docs", {"a.txt": "apple"})
        self.encoder = WordEncoder()
        self.built = False

    def teardown(self):
        shutil.rmtree(self.home)

    def files(self) -> list[Path]:
        return sorted(path for path in self.docs.rglob("*") if path.is_file())

    @rule(name=NAMES, text=TEXTS)
    def add_or_change(self, name, text):
        write_files(self.docs, {name: text})
        self.built = False

    @rule(number=st.integers(0, 9), name=NAMES, copy=st.booleans())
    def move_or_copy(self, number, name, copy):
        source = self.files()[number % len(self.files())]
        target = self.docs / name
        if source == target:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target) if copy else shutil.move(source, target)
        self.built = False

    @precondition(lambda self: len(self.files()) > 1)
    @rule(number=st.integers(0, 9))
    def remove(self, number):
        self.files()[number % len(self.files())].unlink()
        self.built = False

    @precondition(lambda self: (self.home / "updated").exists())
    @rule()
    def roll_back(self):
        names = sorted(path.name for path in (self.home / "updated" / "generations").iterdir())
        if names[0] < open_index(self.home / "updated").name:
            index.rollback(index=self.home / "updated")
            self.built = False

    @rule()
    def build(self):
        index.build([self.docs], index=self.home / "updated", encoder=self.encoder)
        self.built = True

    @invariant()
    def is_the_same_as_from_scratch(self):
        if not self.built:
            return
        fresh = self.home / "fresh"
        index.build([self.docs], index=fresh, encoder=WordEncoder())
        assert contents(open_index(self.home / "updated")) == contents(open_index(fresh))
        shutil.rmtree(fresh)
        # Nothing is embedded twice in the life of an index.
        assert len(self.encoder.embedded) == len(set(self.encoder.embedded))


TestUpdatedIndex = UpdatedIndex.TestCase
TestUpdatedIndex.settings = settings(max_examples=12, stateful_step_count=12, deadline=None)
