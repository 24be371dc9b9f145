"""FAISS finds what comparing with every vector finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import FootnoteError, IndexDamaged
from index.search.dense import DenseIndex


def unit_vectors(count: int, dimension: int, seed: int = 0) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((count, dimension), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@given(
    count=st.integers(1, 60),
    dimension=st.integers(2, 40),
    top_k=st.integers(1, 80),
    seed=st.integers(0, 2**32 - 1),
)
def test_agrees_with_brute_force(count, dimension, top_k, seed):
    vectors = unit_vectors(count + 1, dimension, seed)
    question, vectors = vectors[0], vectors[1:]
    cosines = vectors.astype(np.float64) @ question.astype(np.float64)
    found = DenseIndex.from_vectors(vectors).search(question, top_k)
    assert len(found) == min(top_k, count)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    np.testing.assert_allclose(
        list(found.values()), np.sort(cosines)[::-1][:top_k], rtol=0, atol=1e-5
    )
    for row, score in found.items():
        assert score == pytest.approx(cosines[row], abs=1e-5)


def test_order_and_scores_worked_by_hand():
    vectors = np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], dtype=np.float32)
    found = DenseIndex.from_vectors(vectors).search(np.array([0.8, 0.6], dtype=np.float32), 3)
    assert list(found) == [1, 0, 2]
    assert list(found.values()) == pytest.approx([0.96, 0.8, 0.6], abs=1e-6)


def test_top_k_larger_than_the_index_gives_all():
    vectors = unit_vectors(3, 4)
    found = DenseIndex.from_vectors(vectors).search(vectors[2], 50)
    assert sorted(found) == [0, 1, 2]
    assert next(iter(found)) == 2


def test_saved_and_loaded_is_the_same(tmp_path):
    vectors = unit_vectors(20, 8)
    dense = DenseIndex.from_vectors(vectors)
    dense.save(tmp_path / "dense.faiss")
    loaded = DenseIndex.load(tmp_path / "dense.faiss")
    assert (len(loaded), loaded.dimension) == (20, 8)
    assert loaded.search(vectors[5], 20) == dense.search(vectors[5], 20)


def test_vectors_gives_rows_as_they_were():
    vectors = unit_vectors(6, 5)
    np.testing.assert_array_equal(DenseIndex.from_vectors(vectors).vectors([4, 0]), vectors[[4, 0]])


@pytest.mark.parametrize("shape", [(3,), (5,), (1, 4)])
def test_vector_of_another_shape_is_refused_with_both_shapes(shape):
    dense = DenseIndex.from_vectors(unit_vectors(3, 4))
    with pytest.raises(ValueError, match="expected") as caught:
        dense.search(np.ones(shape, dtype=np.float32), 1)
    assert str(caught.value) == f"a vector of shape {shape}, expected (4,)"


@pytest.mark.parametrize("damage", ["empty", "rubbish", "cut", "missing"])
def test_damaged_file_is_named(tmp_path, damage):
    path = tmp_path / "dense.faiss"
    DenseIndex.from_vectors(unit_vectors(20, 8)).save(path)
    whole = path.read_bytes()
    path.write_bytes({"empty": b"", "rubbish": b"x" * 999, "cut": whole[:-100]}.get(damage, b""))
    if damage == "missing":
        path.unlink()
    with pytest.raises(IndexDamaged, match=r"^dense\.faiss is not a FAISS index: "):
        DenseIndex.load(path)


# --- many vectors, in lists ---------------------------------------------------------------------

MANY = 3_000


@pytest.fixture(scope="module")
def listed():
    """Vectors around forty topics, as texts have them, and an index of them in lists."""
    topics = unit_vectors(40, 24)
    vectors = np.repeat(topics, MANY // 40, axis=0) + 0.1 * unit_vectors(MANY, 24, 1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors, DenseIndex.from_vectors(vectors, "IVF64,SQ8")


@pytest.fixture
def few_are_many(monkeypatch):
    monkeypatch.setattr("index.search.dense.MAX_EXACT_VECTORS", 100)


@pytest.mark.usefixtures("few_are_many")
def test_lists_find_nearly_all_that_is_nearest_with_exact_scores(listed, tmp_path):
    vectors, dense = listed
    dense.save(tmp_path / "dense.faiss")
    dense, found = DenseIndex.load(tmp_path / "dense.faiss"), 0
    for row in range(0, MANY // 2, 15):  # A question is between its nearest vectors.
        question = vectors[row] + vectors[MANY - 1 - row]
        question /= np.linalg.norm(question)
        cosines = vectors @ question
        scores = dense.search(question, 10)
        assert list(scores.values()) == sorted(scores.values(), reverse=True)
        for other, score in scores.items():
            assert score == pytest.approx(cosines[other], abs=1e-5)
        found += len(set(scores) & set(np.argsort(-cosines)[:10].tolist()))
    assert found >= 0.99 * 10 * MANY / 30
    assert dense._lists.nprobe < dense._lists.nlist  # Or nothing would be saved.
    np.testing.assert_array_equal(dense.vectors([7, 2_999]), vectors[[7, 2_999]])


def centres_of(dense):
    return dense._lists.quantizer.reconstruct_n(0, dense._lists.nlist)


def test_centres_are_kept_while_they_suit(listed, tmp_path, monkeypatch):
    vectors, dense = listed
    dense.save(tmp_path / "dense.faiss")
    dense = DenseIndex.load(tmp_path / "dense.faiss")
    changed = np.concatenate([vectors[:-50], unit_vectors(9, 24, 2)])
    renewed = DenseIndex.from_vectors(changed, "IVF64,SQ8", previous=dense)
    np.testing.assert_array_equal(centres_of(renewed), centres_of(dense))
    found = renewed.search(changed[-1], 5)
    assert next(iter(found)) == len(changed) - 1
    # Of other texts, all would have to be looked through.
    elsewhere = unit_vectors(MANY, 24, 3)
    elsewhere[:, :12] = elsewhere[:1, :12]
    elsewhere /= np.linalg.norm(elsewhere, axis=1, keepdims=True)
    monkeypatch.setattr(dense._lists, "nprobe", 1)
    other = DenseIndex.from_vectors(elsewhere, "IVF64,SQ8", previous=dense)
    assert not np.array_equal(centres_of(other), centres_of(dense))


@pytest.mark.usefixtures("few_are_many")
@pytest.mark.parametrize("among", [[5], list(range(0, 3_000, 40)), list(range(1_000))])
def test_as_many_rows_are_returned_as_there_are_and_only_these(listed, among):
    """The nearest lists hold none of the first rows of a topic that is far away."""
    vectors, dense = listed
    found = dense.search(vectors[2_999], 200, among=among)
    assert len(found) == min(200, len(among))
    assert set(found) <= set(among)
    if len(among) <= 100:
        cosines = vectors[among] @ vectors[2_999]
        assert list(found) == [among[n] for n in np.argsort(-cosines)]


@pytest.mark.usefixtures("few_are_many")
def test_more_rows_than_the_lists_give_are_found_by_looking_at_all(listed):
    vectors, dense = listed
    assert len(dense.search(vectors[0], MANY)) == MANY


@pytest.mark.parametrize("kind", ["HNSW32", "IVF0,SQ8", "IVF4096,SQ8", "IVF8,nonsense"])
def test_an_index_that_cannot_be_made_is_refused_in_a_sentence(kind):
    with pytest.raises(FootnoteError, match=f"{kind}'.*--faiss") as caught:
        DenseIndex.from_vectors(unit_vectors(100, 8), kind)
    assert "/" not in str(caught.value)
