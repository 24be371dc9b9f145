"""An answer as plain data and in short, and stored answers read back."""

import json
from dataclasses import replace

import pytest
from makings import write_files

import index
import qa
from qa.llm.verify import Sentence
from qa.rendering.serialize import answer_from_record


@pytest.fixture
def library(tmp_path, word_encoder):
    """A document whose only sentence is long, and a copy of it."""
    long = f"The cat visited Oslo {'and Tokyo and Paris ' * 400}."
    write_files(tmp_path / "docs", {"long.txt": long, "long copy.txt": long, "b.txt": "The dog."})
    index.build([tmp_path / "docs"], index=tmp_path / "index", encoder=word_encoder)
    return {"index": tmp_path / "index", "encoder": word_encoder, "reader": qa.NONE}


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_an_answer_as_plain_data_has_all_but_passages_and_paths(library, tmp_path, threshold):
    answer = qa.ask("Who visited Oslo?", threshold=threshold, **library)
    assert answer.passages
    record = answer.to_dict()
    text = json.dumps(record)
    assert json.loads(text) == record
    assert str(tmp_path) not in text
    assert set(record) == {
        *("question", "searched_for", "text", "citations", "conflicting", "probability"),
        *("answerable", "outcome", "near", "phrased", "answered"),
    }
    assert (record["answered"], record["outcome"]) == (answer.answered, answer.outcome)
    for name in ("citations", "near"):
        assert record[name] == [citation.to_dict() for citation in getattr(answer, name)]
    assert answer_from_record(record).to_dict() == record


def test_an_answer_is_printed_in_short(library):
    answer = qa.ask("Who visited Oslo?", threshold=0.0, **library)
    assert len(answer.text) > 200
    assert len(repr(answer)) < 200
    assert repr(answer).startswith("Answer('answer', 'The cat visi")
    assert repr(answer).endswith(f"citations={len(answer.citations)})")
    assert max(len(repr(one)) for one in (*answer.citations, *answer.passages)) < 200


def test_what_a_model_wrote_is_plain_data_without_paths(library, tmp_path):
    answer = qa.ask("Who visited Oslo?", threshold=0.0, **library)
    sentences = (
        Sentence("The cat did.", answer.citations[:1], True, ""),
        Sentence("A dog did.", (), False, "It cites nothing."),
    )
    record = replace(answer, phrased=qa.Phrased(sentences, "Stopped.")).to_dict()["phrased"]
    assert str(tmp_path) not in json.dumps(record)
    assert record == {
        "sentences": [
            {
                "text": "The cat did.",
                "citations": [answer.citations[0].to_dict()],
                "supported": True,
                "reason": "",
            },
            {
                "text": "A dog did.",
                "citations": [],
                "supported": False,
                "reason": "It cites nothing.",
            },
        ],
        "note": "Stopped.",
    }
