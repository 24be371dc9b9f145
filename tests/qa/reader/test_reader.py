"""What a network's logits become, and readers that cannot be loaded."""

import hashlib
import json
import math
import shutil

import pytest
from makings import save_model, word_reader

from index import FootnoteError
from index.encode.encoder import bundled_encoder_folder
from qa.reader.decode import MAX_PROPOSALS, MAX_SPAN_TOKENS
from qa.reader.load import NONE, load_reader

SETTINGS = {
    "tokens": 30522,
    "length": 320,
    "sha256": {"graph.onnx": hashlib.sha256(b"no network").hexdigest()},
}
TEXT = "The pier was opened by Ida Holm in 1987, when Holm was mayor."


def test_spans_and_scores_by_hand():
    reader = word_reader({"ida": 5.0, "1987": 1.0}, {"holm": 4.0})
    (reading,) = reader.read("Who opened it?", [("", TEXT)])
    best, second = reading.proposals[:2]
    assert TEXT[best.start : best.end] == "Ida Holm"
    # "Holm" ends two spans that start at "Ida"; both have the same score, the shorter comes first.
    assert TEXT[second.start : second.end] == "Ida Holm in 1987, when Holm"
    assert best.score == second.score == 9.0
    assert reading.answer_logit == 4.0
    assert len(reading.proposals) == MAX_PROPOSALS
    # 15 tokens: "ida" and "1987" start with e^5 and e^1, two "holm" end with e^4, the rest with 1.
    starts = math.log(math.exp(5) + math.exp(1) + 13)
    ends = math.log(2 * math.exp(4) + 13)
    assert reading.span_logsumexp == pytest.approx(starts + ends, abs=1e-5)


def test_an_end_never_precedes_its_start():
    reader = word_reader({"1987": 9.0}, {"ida": 9.0})
    (reading,) = reader.read("When?", [("", TEXT)])
    assert all(proposal.start < proposal.end for proposal in reading.proposals)
    assert reading.proposals[0].score == 9.0


def test_a_span_is_not_longer_than_an_answer_may_be():
    text = "ida " + "word " * MAX_SPAN_TOKENS + "holm"
    (reading,) = word_reader({"ida": 9.0}, {"holm": 9.0}).read("Who?", [("", text)])
    assert reading.proposals[0].score == 9.0


def test_answers_beyond_the_first_window_are_found():
    text = "word " * 700 + "It was Ida Holm."
    (reading,) = word_reader({"ida": 5.0}, {"holm": 5.0}, length=160).read("Who?", [("", text)])
    best = reading.proposals[0]
    assert text[best.start : best.end] == "Ida Holm"
    assert (reading.answer_logit, best.score) == (4.0, 10.0)


def test_readings_come_in_the_order_of_the_passages():
    passages = [
        ("", "No one. " * 30),
        ("", "Ida Holm."),
        ("Title", "A dog and Ida Holm."),
        ("", "x"),
    ]
    readings = word_reader({"ida": 5.0}, {"holm": 5.0}).read("Who?", passages)
    assert [reading.answer_logit for reading in readings] == [-4.0, 4.0, 4.0, -4.0]
    assert word_reader({}, {}).read("Who?", []) == []


def test_the_title_is_read_but_never_quoted():
    (reading,) = word_reader({"ida": 5.0}, {"holm": 5.0}).read("Who?", [("Ida Holm", "A cat.")])
    assert reading.answer_logit == -4.0
    assert all(0 <= p.start < p.end <= len("A cat.") for p in reading.proposals)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("The harbour master is in the house and reads a book.", 0.8, 1.0),
        ("Der Hafenmeister übernachtete vorgestern im Gasthaus.", 0.0, 0.5),
        ("東京は日本の首都です。", 0.0, 0.0),
        ("𓀀𓀁𓀂 𓀃𓀄", 0.0, 0.0),
        ("1987 - 42", 1.0, 1.0),
    ],
)
def test_how_well_a_language_is_known(text, least, most):
    (reading,) = word_reader({}, {}).read("Who?", [("", text)])
    assert least <= reading.familiarity <= most


def test_no_reader():
    assert load_reader(NONE) is None
    assert load_reader(None) is None


def test_a_loaded_reader_is_returned_unchanged():
    reader = word_reader({}, {})
    assert load_reader(reader) is reader


def test_a_folder_without_files(tmp_path):
    with pytest.raises(FootnoteError, match=r"holds no reader: tokenizer\.json missing"):
        load_reader(str(tmp_path))
    (tmp_path / "reader.json").write_text(json.dumps(SETTINGS))
    with pytest.raises(FootnoteError, match=r"tokenizer\.json and graph\.onnx missing"):
        load_reader(str(tmp_path))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"tokens": 1, "length": 2, "sha256": 3}'])
def test_settings_of_another_version_are_a_sentence(tmp_path, text):
    shutil.copy(bundled_encoder_folder() / "tokenizer.json", tmp_path)
    (tmp_path / "reader.json").write_text(text)
    with pytest.raises(FootnoteError, match="does not describe a reader of this version"):
        load_reader(str(tmp_path))


def test_a_folder_whose_network_cannot_be_loaded(tmp_path):
    shutil.copy(bundled_encoder_folder() / "tokenizer.json", tmp_path)
    with pytest.raises(FootnoteError, match=r"The reader in .* cannot be loaded"):
        load_reader(str(tmp_path))
    (tmp_path / "reader.json").write_text(json.dumps(SETTINGS))
    (tmp_path / "graph.onnx").write_bytes(b"no network")
    with pytest.raises(FootnoteError, match=r"The reader in .* cannot be loaded"):
        load_reader(str(tmp_path))


def test_a_name_that_is_not_on_this_machine():
    with pytest.raises(FootnoteError, match="is not on this machine"):
        load_reader("nobody/no-such-reader")


def test_any_model_that_answers_questions_can_read(other_reader):
    reader = load_reader(other_reader)
    one, two = reader.read("Who opened it?", [("", TEXT), ("", "word " * 900)])
    for reading, text in ((one, TEXT), (two, "word " * 900)):
        best = reading.proposals[0]
        assert 0 <= best.start < best.end <= len(text)
        # All spans together are likelier than the best of them.
        assert reading.span_logsumexp > best.score
        assert math.isfinite(reading.answer_logit)


def test_a_tokeniser_of_another_model_is_refused(tmp_path):
    folder = save_model(tmp_path / "small", tokens=1_000)
    with pytest.raises(FootnoteError, match=r"has 30,522 tokens, but its network has 1,000"):
        load_reader(str(folder))
