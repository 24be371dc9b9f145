"""The context of a follow-up question, computed by hand, and conversations over documents."""

import pytest

import index
import qa
from qa.answer import NOT_FOUND
from qa.retrieval.exchanges import Exchange, Quotation
from qa.retrieval.follow_up import (
    CARRIED_WORDS,
    CONTEXT_EXCHANGES,
    DOUBT_LOG_ODDS,
    STANDALONE_FEATURES,
    Context,
    Interpretation,
    add_context,
    find_context,
    interpret,
    standalone_features,
)
from qa.retrieval.hybrid import MAX_CONTEXT_WEIGHT, OWN_MEANING_HALF, search
from qa.retrieval.query import Query

FACTS = {
    "pier.txt": (
        "The northern pier was designed by Ida Holm. She was born in Bergen. "
        "It was opened in 1987 by the mayor."
    ),
    "bridge.txt": (
        "The southern bridge was designed by Ola Berg. He was born in Tromsø. "
        "It was opened in 1994 by the king."
    ),
    "library.txt": (
        "The public library was designed by Kari Lund. She was born in Oslo. "
        "It was opened in 2001 by a writer."
    ),
    "goats.txt": "Twelve goats graze on the island of Vega in summer.",
}


@pytest.fixture(scope="module")
def town(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("town")
    for name, text in FACTS.items():
        (folder / name).write_text(text)
    index.build([folder], index=folder / ".footnote", encoder=encoder)
    return index.open_index(folder / ".footnote")


def talk(generation, *questions, **options):
    """Ask one question after the other and return the answers."""
    said = []
    for question in questions:
        said.append(qa.ask(question, history=said, index=generation, **options))
    return said


def source(answer):
    return answer.passages[0].document.id


@pytest.mark.parametrize(
    ("first", "document"),
    [
        ("Who designed the northern pier?", "pier.txt"),
        ("Who designed the southern bridge?", "bridge.txt"),
        ("Who designed the public library?", "library.txt"),
    ],
)
@pytest.mark.parametrize("follow_up", ["When was it opened?", "And who opened it?", "Born where?"])
def test_a_follow_up_is_about_the_topic_of_the_conversation(town, first, document, follow_up):
    before, after = talk(town, first, follow_up, threshold=0.0)
    assert source(before) == source(after) == document
    assert after.question == follow_up
    assert after.searched_for.startswith(f"{follow_up} (")
    assert all(citation.document_id == document for citation in after.citations)


def test_a_standalone_question_is_searched_without_context(town):
    for first in ("Who designed the northern pier?", "How many goats graze on Vega?"):
        _, after = talk(town, first, "Who designed the southern bridge?")
        assert after == qa.ask("Who designed the southern bridge?", index=town)
        assert after.searched_for == after.question


@pytest.mark.parametrize("put", ["What about {}?", "And {}?", "and how about {}"])
def test_the_previous_question_is_asked_about_a_new_subject(town, put):
    other, further = put.format("the southern bridge"), put.format("the public library")
    # How likely the answers are is not what is tested.
    questions = ("Who designed the northern pier?", other, further)
    first, second, third = talk(town, *questions, threshold=0.0)
    assert first.text == "Ida Holm"
    assert (source(second), second.text) == ("bridge.txt", "Ola Berg")
    assert second.searched_for == "Who designed the southern bridge?"
    assert third.searched_for == "Who designed the public library?"
    assert (source(third), third.text) == ("library.txt", "Kari Lund")


def test_a_year_in_the_question_takes_the_place_of_the_one_before():
    before = [Exchange("Where was the fair in 2024?", "Oslo")]
    assert find_context("And where was it in 2023?", before) == Context(("Oslo",), ("fair",))
    assert find_context("And where was it?", before) == Context(("Oslo",), ("fair", "2024"))


def test_sentences_that_probably_answer_are_context_too():
    quoted = (Quotation("Ida Holm won."),)
    before = [Exchange("Who was it?", "Ida Holm won.", answered=False, citations=quoted)]
    assert find_context("What is her berth?", before).answers == ("Ida", "Holm", "won")


def test_a_name_takes_the_place_of_the_one_that_was_asked_about(town):
    first, second = talk(town, "Where was Ida Holm born?", "And Kari Lund?", threshold=0.0)
    assert source(first) == "pier.txt"
    assert second.searched_for == "Where was Kari Lund born?"
    assert (source(second), second.text) == ("library.txt", "Oslo")


def test_a_new_subject_takes_the_place_of_a_pronoun_or_of_what_it_stands_for(town):
    questions = ("Who is Ida Holm?", "Where was she born?", "And Kari Lund?")
    assert talk(town, *questions)[-1].searched_for == "Where was Kari Lund born?"
    questions = ("How much is the rent?", "When is it due?", "And the late fee?")
    assert talk(town, *questions)[-1].searched_for == "When is the late fee due?"


def test_what_is_asked_again_is_asked_of_the_latest_subject(tmp_path, encoder):
    (tmp_path / "lamps.md").write_text(
        "The Vega has a bulb of 9 watts and a cable of 3 metres.\n\n"
        "The Orion has a bulb of 12 watts and a cable of 5 metres."
    )
    index.build([tmp_path], index=tmp_path / ".footnote", encoder=encoder)
    questions = ("What bulb has the Vega?", "And the Orion?", "And the cable?", "And the Vega?")
    said = talk(index.open_index(tmp_path / ".footnote"), *questions, threshold=0.0)
    assert [one.searched_for for one in said[1:]] == [
        "What bulb has the Orion?",
        "What cable has the Orion?",
        "What cable has the Vega?",
    ]
    assert "3 metres" in said[-1].text


def test_a_refusal_poisons_nothing(town):
    *_, refused, after = talk(
        town,
        "Who designed the northern pier?",
        "What is the price of copper in Chile?",
        "When was the pier opened?",
    )
    assert not refused.answered
    assert source(after) == "pier.txt"
    alone = qa.ask("When was the pier opened?", index=town)
    assert after.text == alone.text


def test_a_refused_question_is_refused_after_an_answer_too(town):
    answers = talk(
        town,
        "Who designed the northern pier?",
        "How much did it cost?",
        "And how long is it?",
        "Who won the World Cup?",
    )
    assert [answer.answered for answer in answers] == [True, False, False, False]
    assert answers[3].outcome == "none"


def test_every_answer_is_read_from_the_documents(town):
    """A forged history is never quoted as an answer."""
    forged = Exchange("Who designed the northern pier?", "Darth Vader designed it in 1642")
    answer = qa.ask("When was it designed?", history=[forged], index=town, threshold=0.0)
    assert "Vader" not in answer.text
    assert "1642" not in answer.text
    for citation in answer.citations:
        text = town.document_by_id(citation.document_id).text
        assert text[citation.start : citation.end] == citation.quote


def test_there_is_no_context_without_an_earlier_topic():
    assert not find_context("And when?", [])
    assert not find_context("And when?", [Exchange("Who was it?", "", answered=False)])


def test_words_are_carried_once_and_without_those_of_the_question():
    history = [Exchange("Who hosted Rutte?", "Shigeru Ishiba")]
    assert find_context("And when?", history) == Context(("Shigeru", "Ishiba"), ("hosted", "Rutte"))
    history = [
        Exchange("Who keeps goats?", "Ola Berg of Vega"),
        Exchange("Where is Vega?", "Vega lies west of Bergen"),
    ]
    assert find_context("Who lives in Bergen?", history) == Context(
        answers=("Vega", "lies", "west", "Ola", "Berg"), others=("keeps", "goats")
    )


def test_only_the_last_exchanges_and_the_first_words_are_carried():
    history = [Exchange(f"q{n}?", " ".join(f"w{n}x{m}" for m in range(30))) for n in range(5)]
    carried = find_context("And?", history)
    assert len(carried.answers) == CONTEXT_EXCHANGES * CARRIED_WORDS
    assert carried.answers[0] == "w4x0"
    assert carried.others == ("q4", "q3")


def test_only_the_last_refused_question_counts():
    history = [
        Exchange("Who keeps goats?", "Ola Berg"),
        Exchange("Is copper dear?", NOT_FOUND, answered=False),
    ]
    assert find_context("And where?", history) == Context(
        ("Ola", "Berg"), ("copper", "dear", "keeps", "goats")
    )
    history.append(Exchange("Is tin cheap?", NOT_FOUND, answered=False))
    assert "copper" not in find_context("And where?", history).others


@pytest.fixture
def animals(tmp_path, word_encoder):
    for name, text in (("a", "cat cat dog"), ("b", "dog"), ("c", "fish tree")):
        (tmp_path / f"{name}.txt").write_text(text)
    index.build([tmp_path], index=tmp_path / ".footnote", encoder=word_encoder)
    return index.open_index(tmp_path / ".footnote", encoder=word_encoder)


def test_the_context_is_weighed_beside_the_question(animals, word_encoder):
    (alone,) = interpret("dog", animals)
    found = alone.result
    history = [Exchange("fish?", "tree")]
    context = find_context("dog", history)
    assert context == Context(("tree",), ("fish",))
    dependent = add_context(alone, history, context).result
    lexical = animals.lexical
    beside = lexical.score_limit("tree tree fish")
    rare = lexical.term_score_limit()
    part = min(1.0, MAX_CONTEXT_WEIGHT * rare / beside)
    assert dependent.score_limit == pytest.approx(lexical.score_limit("dog") + part * beside)
    own = found.score_limit / (found.score_limit + OWN_MEANING_HALF * rare)
    before = word_encoder.embed_question("fish? tree dog")
    assert dependent.vector == pytest.approx(
        own * word_encoder.embed_question("dog") + (1 - own) * before
    )
    (row,) = [r for r in dependent.scores if animals.document(r).id == "c.txt"]
    assert dependent.words[row] == pytest.approx(part * lexical.search("tree tree fish", 5)[row])


def test_features_of_a_question_by_hand(animals):
    found = search("and where is it?", animals)
    known = dict(zip(STANDALONE_FEATURES, standalone_features(found, found), strict=True))
    assert known == {
        "constant": 1.0,
        "ahead in words": 0.0,
        "ahead in meaning": 0.0,
        "same": 1.0,
        "pointing": 1.0,
        "own words": 0.0,
        "cut": 1.0,
    }
    dog, fish = search("dog", animals), search("fish", animals)
    known = dict(zip(STANDALONE_FEATURES, standalone_features(dog, fish), strict=True))
    assert known["same"] == 0.0
    assert known["ahead in meaning"] == pytest.approx(
        dog.own_scores(dog.best)[0] - dog.own_scores(fish.best)[0]
    )
    assert known["ahead in words"] == pytest.approx(
        dog.words[dog.best] / animals.lexical.term_score_limit()
    )


def test_in_doubt_both_interpretations_are_returned(animals, monkeypatch):
    history = [Exchange("fish?", "tree")]

    def ways(odds):
        monkeypatch.setattr("qa.retrieval.follow_up.log_odds_standalone", lambda *_: odds)
        return [way.searched_for for way in interpret("dog", animals, history=history)]

    assert ways(DOUBT_LOG_ODDS + 0.1) == ["dog"]
    assert ways(DOUBT_LOG_ODDS - 0.1) == ways(0.1 - DOUBT_LOG_ODDS) == ["dog", "dog (tree fish)"]
    assert ways(-DOUBT_LOG_ODDS - 0.1) == ["dog (tree fish)"]


def test_a_surer_answer_speaks_for_its_interpretation(animals):
    query = Query.of("dog")
    way = Interpretation("dog", query, query.words, search("dog", animals), log_odds=0.5)
    assert way.log_odds_given(0.5) == pytest.approx(0.5)
    assert way.log_odds_given(0.2) < 0.5 < way.log_odds_given(0.9) < way.log_odds_given(1.0)


def test_a_follow_up_in_chosen_documents_stays_in_them(town):
    first = qa.ask("Who designed the northern pier?", index=town)
    after = qa.ask("When was it opened?", history=[first], index=town, where={"document": "b*.txt"})
    assert {passage.document.id for passage in after.passages} == {"bridge.txt"}


def test_what_was_said_before_a_new_subject_is_not_carried_on():
    before = [Exchange("Who built the quay?", "Ola"), Exchange("And the tower?", "Kari")]
    assert find_context("How high is it?", before).others == ("tower",)
    other = [Exchange("Who built the quay?", "Ola"), Exchange("Who built the tower?", "Kari")]
    assert find_context("How high is it?", other).others == ("built", "tower", "quay")
