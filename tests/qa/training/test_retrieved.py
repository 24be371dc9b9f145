"""Questions with their passages are found, and kept."""

import json

from makings import word_reader

from qa.training.retrieved import retrieve_for_sets


def write_set(folder):
    folder.mkdir(parents=True)
    text = "The northern pier was opened in 1987."
    (folder / "corpus.jsonl").write_text(json.dumps({"id": "pier", "title": "", "text": text}))
    answer = {"doc_id": "pier", "start": 32, "end": 36, "text": "1987"}
    questions = [
        {"question": f"When was pier {n} opened?", "answers": [answer], "gold_docs": ["pier"]}
        for n in range(3)
    ]
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))


def test_what_was_read_is_kept_and_not_read_again(tmp_path, word_encoder):
    write_set(tmp_path / "data/piers")
    reader = word_reader({"1987": 5.0}, {"1987": 5.0})
    where = (tmp_path / "data", {"piers": 2}, word_encoder)
    found = retrieve_for_sets(*where, reader, keep=tmp_path / "kept")["piers"]
    assert len(found) == 2
    assert found[0].passages[0].reading is not None
    (tmp_path / "data/piers/corpus.jsonl").unlink()
    again = retrieve_for_sets(
        tmp_path / "data", {"piers": 1}, word_encoder, None, keep=tmp_path / "kept"
    )
    assert [one.question.id for one in again["piers"]] == [found[0].question.id]
    assert again["piers"][0].passages[0].reading == found[0].passages[0].reading
