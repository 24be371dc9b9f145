"""Cosines of other encoders, on the scale of the bundled one."""

import numpy as np
import pytest

import index
from index.encode.custom import make_encoder
from index.encode.scale import BUNDLED_SCALE, measure_scale, to_bundled_scale
from qa.retrieval.hybrid import search


def test_the_scale_of_the_bundled_encoder_is_what_it_measures(encoder):
    measured = measure_scale(
        lambda texts: np.stack([encoder.embed_question(text) for text in texts]),
        encoder.embed_passages,
    )
    assert measured == pytest.approx(BUNDLED_SCALE, abs=0.01)
    assert encoder.scale == BUNDLED_SCALE
    assert encoder.rescale(0.3) == pytest.approx(0.3)


def test_an_encoder_that_tells_nothing_apart_keeps_its_cosines():
    assert to_bundled_scale(0.7, (0.7, 0.71)) == 0.7
    blind = make_encoder(lambda texts: [[1.0, 0.0]] * len(texts), name="blind")
    assert blind.rescale(1.0) == 1.0


def test_an_encoder_with_other_cosines_finds_the_same(encoder, tmp_path):
    """All vectors get a common part, as with encoders whose cosines lie between 0.75 and 0.9."""

    def embed(texts):
        vectors = encoder.embed_passages(texts)
        common = np.full((len(texts), 1), np.sqrt(3), dtype=np.float32)
        return np.hstack([vectors, common]) / 2

    (tmp_path / "d").mkdir()
    for name, text in (
        ("ferry.txt", "The boat to the islands departs at nine."),
        ("cheese.txt", "Milk is curdled and pressed into wheels."),
    ):
        (tmp_path / "d" / name).write_text(text)
    index.build([tmp_path / "d"], index=tmp_path / "i", encoder=encoder)
    squeezed = make_encoder(embed, name="squeezed")
    index.build([tmp_path / "d"], index=tmp_path / "j", encoder=squeezed)
    question = "When does the ship leave?"
    expected = search(question, index.open_index(tmp_path / "i")).scores
    found = search(question, index.open_index(tmp_path / "j", encoder=squeezed)).scores
    assert list(found) == list(expected)
    for row, scores in expected.items():
        assert found[row]["dense"] == pytest.approx(scores["dense"], abs=0.01)
        assert found[row]["fused"] == pytest.approx(scores["fused"], abs=0.01)
