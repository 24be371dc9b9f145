"""Two small collections with questions of all kinds, written together, asked of the real model.

`firm` holds handbooks in versions, price lists, contacts, a lease; `instruments` manuals, release
notes, tables of codes and minutes. Each line of `firm.jsonl` is a question with its kind and the
words that an answer has to hold: any of them, or all where `all` says so; none where the documents
do not answer. Nothing is fitted on them. The counts are those of the day on which they were taken,
as a floor. The tables are printed with `pytest tests/golden -s`.
"""

import json
from collections import defaultdict
from pathlib import Path

import pytest

import index
import qa

HERE = Path(__file__).parent
VERDICTS = ("right", "in quotation", "in passages", "refused", "wrong")
FLOORS = {"firm": (44, 1, 8), "instruments": (40, 2, 9)}
"""Of each collection: answerable questions answered with the right words at least, answered wrongly
at most, and unanswerable ones that are not answered at least."""


def read_questions(name):
    lines = (HERE / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def ask(question, opened):
    history = []
    for earlier in question["history"]:
        history.append(qa.ask(earlier, index=opened, history=history))
    return qa.ask(question["question"], index=opened, history=history)


def judge(question, answer):
    """Return where the words that are expected stand: in the answer, or only in what it cites."""
    wanted = all if question["all"] else any
    quoted = "\n".join(citation.quote for citation in answer.citations)
    said = answer.text
    if answer.outcome == "collection":
        said = "\n".join([said, *(citation.document_id for citation in answer.citations)])
    if answer.answered and wanted(words in said for words in question["answers"]):
        return "right"
    in_quotation = wanted(words in quoted for words in question["answers"])
    if answer.answered:
        return "in quotation" if in_quotation else "wrong"
    if answer.outcome == "none":
        return "refused"
    return "in passages" if in_quotation else "wrong passages"


@pytest.mark.parametrize("name", FLOORS)
def test_the_documents_hold_the_expected_words(name):
    files = [file for file in (HERE / name).rglob("*") if file.is_file()]
    text = "\n".join(file.read_text("utf-8") for file in files)
    questions = read_questions(name)
    assert len({question["id"] for question in questions}) == len(questions) >= 40
    for question in questions:
        known = text.count(question["answers"][0]) if question["answers"] else 1
        assert known or question["kind"] == "collection", question


@pytest.mark.parametrize("name", FLOORS)
def test_questions_of_all_kinds_are_answered(name, tmp_path, encoder, capsys):
    index.build([HERE / name], index=tmp_path, encoder=encoder)
    opened = index.open_index(tmp_path)
    table = defaultdict(lambda: dict.fromkeys((*VERDICTS, "wrong passages"), 0))
    missed = []
    for question in read_questions(name):
        answer = ask(question, opened)
        verdict = judge(question, answer)
        if not question["answers"]:
            verdict = "wrong" if answer.answered else "right"
        for kind in (question["kind"], "all"):
            table[kind][verdict] += 1
        if verdict != "right":
            missed.append((verdict, question["question"], answer.text[:70], answer.probability))
        for citation in (*answer.citations, *answer.near):
            text = opened.document_by_id(citation.document_id).text
            assert text[citation.start : citation.end] == citation.quote
    unanswered = table["unanswerable"]["right"]
    right, wrong = table["all"]["right"] - unanswered, table["all"]["wrong"]
    wrong -= table["unanswerable"]["wrong"]
    with capsys.disabled():
        print(f"\n{name:20s}", *(f"{verdict:>15s}" for verdict in table["all"]))
        for kind, counts in table.items():
            print(f"{kind:20s}", *(f"{count:15d}" for count in counts.values()))
        for verdict, asked, text, probability in missed:
            print(f"  {verdict}: {asked} -> {text!r} {probability:.2f}")
    least_right, most_wrong, least_unanswered = FLOORS[name]
    assert right >= least_right
    assert wrong <= most_wrong
    assert unanswered >= least_unanswered
