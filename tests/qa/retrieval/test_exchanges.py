"""A history is checked, and guides a search as it guides an answer."""

import json

import pytest

import index
import qa
from index.errors import InvalidArgument
from qa.retrieval.exchanges import MAX_EXCHANGE_TEXT, MAX_HISTORY, Exchange, check_history


def record(**fields):
    return {"question": "Who?", "text": "Ida Holm", "answered": True, "citations": []} | fields


@pytest.mark.parametrize(
    ("history", "says"),
    [
        ("Who?", "history is not a list."),
        (5, "history is not a list."),
        (record(), "history is not a list."),
        (["Who?"], 'history[0] has no "question"'),
        ([None], 'history[0] has no "question"'),
        ([record(), {"text": "Ida"}], 'history[1] has no "question"'),
        ([{"question": "Who?"}], 'history[0] has no "text"'),
        ([record(question=5)], "history[0].question is not a string"),
        ([record(text=["Ida"])], "history[0].text is not a string"),
        ([record(text="\ud800")], "history[0].text is not valid text"),
        ([record(answered="yes")], "history[0].answered is not true or false"),
        ([record(citations="Ida")], "history[0].citations is not a list"),
        ([record(citations=[{"uri": "x"}])], 'history[0].citations[0] has no "quote"'),
        ([record(citations=[{"quote": b"x"}])], "history[0].citations[0].quote is not a string"),
    ],
)
def test_a_malformed_history_is_refused_with_its_place(history, says):
    with pytest.raises(InvalidArgument) as caught:
        check_history(history)
    assert str(caught.value).startswith(says)


def test_only_the_last_exchanges_and_the_beginnings_of_their_texts_are_read():
    history = [record(question=f"q{number}", text="x" * 9000) for number in range(1000)]
    checked = check_history(history)
    assert [one.question for one in checked] == [f"q{1000 - n}" for n in range(MAX_HISTORY, 0, -1)]
    assert {len(one.text) for one in checked} == {MAX_EXCHANGE_TEXT}


def test_an_answer_about_the_collection_is_no_context():
    history = [record(question="Who?"), record(outcome="collection", answered=False)]
    assert [one.question for one in check_history(history)] == ["Who?"]


def test_an_exchange_a_record_and_what_is_left_out_mean_the_same():
    cited = [{"quote": "Ida Holm keeps it.", "uri": "footnote://", "page": None}]
    given = [record(citations=cited, outcome="answer", near=[1, 2]), Exchange("Who?", "Ida Holm")]
    first, second = check_history(given)
    assert [one.quote for one in first.citations] == ["Ida Holm keeps it."]
    assert second == given[1] == check_history([{"question": "Who?", "text": "Ida Holm"}])[0]
    assert check_history([first, second]) == (first, second)
    assert check_history(None) == check_history(()) == ()


@pytest.fixture(scope="module")
def town(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("harbours")
    for name, text in {
        "pier.txt": "The northern pier was designed by Ida Holm. It was opened in 1987.",
        "bridge.txt": "The southern bridge was designed by Ola Berg. It was opened in 1994.",
        "goats.txt": "Twelve goats graze on the island of Vega in summer.",
    }.items():
        (folder / name).write_text(text)
    index.build([folder], index=folder / ".footnote", encoder=encoder)
    return index.open_index(folder / ".footnote")


@pytest.mark.parametrize("reader", [qa.EMBEDDED, qa.NONE])
def test_a_search_follows_up_as_an_answer_does(town, reader):
    for subject, document in (("northern pier", "pier.txt"), ("southern bridge", "bridge.txt")):
        options = {"index": town, "reader": reader}
        first = qa.ask(f"Who designed the {subject}?", **options)
        for history in (
            [first],
            [json.loads(json.dumps(first.to_dict()))],
            [qa.Exchange(first.question, first.text)],
        ):
            found = qa.retrieve("When was it opened?", history=history, **options)
            answer = qa.ask("When was it opened?", history=history, **options)
            assert found[0].document.id == answer.passages[0].document.id == document
    alone = qa.retrieve("How many goats graze on Vega?", history=[first], **options)
    assert alone[0].document.id == "goats.txt"


@pytest.mark.parametrize("call", [qa.ask, qa.retrieve])
def test_both_refuse_a_malformed_history(town, call):
    with pytest.raises(InvalidArgument, match="history is not a list"):
        call("When?", history="Who?", index=town)
    with pytest.raises(ValueError, match=r"history\[0\] has no"):
        call("When?", history=[5], index=town)
