"""Sentences verified against the seed: which are supported, which are struck out, and why."""

from pathlib import Path

import pytest
from claims import (
    DEVELOPMENT_CLAIMS,
    FIRST_TRIAL,
    HARBOUR_TEXT,
    HELD_OUT_CLAIMS,
    SECOND_TRIAL,
    THIRD_TRIAL,
)

import index
from index import Chunk, Document
from qa.llm.verify import check_sentence, split_citations
from qa.llm.word_check import find_evidence
from qa.reader.load import BUNDLED_READER, load_reader
from qa.retrieval.rerank import Passage

SEEDS = Path(__file__).parents[3] / "seeds"


def passage_of(document, start, end):
    return Passage(
        Chunk(document.id, start, end), document, document.text[start:end], 1.0, {"dense": 0.5}
    )


def made(text, *, title="harbour"):
    document = Document("harbour.txt", title, text, "", "text/plain", (), "0" * 64)
    return passage_of(document, 0, len(text))


@pytest.fixture(scope="module")
def passages(tmp_path_factory, encoder):
    generation = index.open_index(_built(tmp_path_factory, encoder))
    seed = generation.document(0)
    chunks = [passage_of(seed, *row[1:]) for row in generation.chunks.tolist()]
    return [*chunks, made(HARBOUR_TEXT)]


def _built(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("support") / "index"
    index.build([SEEDS], index=folder, encoder=encoder)
    return folder


@pytest.fixture(scope="module")
def check(passages, encoder):
    reader = load_reader(BUNDLED_READER)
    return lambda said: check_sentence(said, passages, encoder, reader)


@pytest.mark.parametrize(
    ("name", "cases"),
    [
        ("known", DEVELOPMENT_CLAIMS),
        ("unseen", FIRST_TRIAL),
        ("fresh", SECOND_TRIAL),
        ("last", THIRD_TRIAL),
    ],
)
def test_unsupported_sentences_are_not_shown(check, name, cases):
    shown, struck = _wrong(check, name, cases)
    assert shown == []
    assert len(struck) < 0.1 * sum(right for _, right in cases), struck


def test_held_out_claims_are_judged_as_well_as_measured(check):
    """A few claims that reverse a sentence are shown; no rule was changed for these."""
    shown, struck = _wrong(check, "after", HELD_OUT_CLAIMS)
    assert len(shown) <= 3, shown
    assert len(struck) <= 4, struck


def _wrong(check, name, cases):
    """Return the sentences that are shown and should not be, and those struck out wrongly."""
    found = [(said, right, check(said)) for said, right in cases]
    shown = [said for said, right, sentence in found if sentence.supported and not right]
    struck = [said for said, right, sentence in found if right and not sentence.supported]
    rights = sum(right for _, right in cases)
    print(
        f"\n{name}: {len(shown)} of {len(cases) - rights} unsupported shown, "
        f"{len(struck)} of {rights} supported struck out"
    )
    return shown, struck


def test_a_citation_is_the_very_sentence(check, passages):
    sentence = check("Mr Rutte visited Yokosuka Naval Base on Tuesday [4].")
    (citation,) = sentence.citations
    document = passages[3].document
    assert sentence.text == "Mr Rutte visited Yokosuka Naval Base on Tuesday."
    assert document.text[citation.start : citation.end] == citation.quote
    assert (citation.start, citation.end) == (2114, 2254)
    assert citation.uri == f"footnote://{document.sha256}/2114-2254"


def test_adjacent_citations_are_no_link(check):
    assert check("Mr Rutte visited Yokosuka Naval Base on Tuesday [4][1].").supported
    linked = check("Mr Rutte visited [Yokosuka Naval Base][4] on Tuesday [4].")
    assert linked.reason == "The sentence contains a link, an image or markup."


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Mr Rutte visited Yokosuka Naval Base.", "The sentence cites no passage."),
        (
            "Mr Rutte visited Yokosuka Naval Base [9].",
            "The sentence cites a passage that does not exist.",
        ),
        (
            "Mr Rutte visited Yokosuka Naval Base [0].",
            "The sentence cites a passage that does not exist.",
        ),
        ("Mr Rutte visited [a base](http://example.org/?q=1) [4].", "The sentence contains a link"),
        ("Mr Rutte visited ![x](x.png) Yokosuka Naval Base [4].", "The sentence contains a link"),
        ("Mr Rutte visited Yokosuka <b>Naval</b> Base [4].", "The sentence contains a link"),
        (
            "Mr Rutte visited Yokosuka Naval Base, see example.org [4].",
            "The sentence contains a link",
        ),
        (
            "Mr Rutte visited Yokosuka Naval Base\u202e on Tuesday [4].",
            "The sentence contains a link",
        ),
        (
            'Mr Rutte said that "Japan is weak" [4].',
            "The sentence quotes words that are not in the cited text.",
        ),
        (
            "Mr Rutte visited Yokosuka Naval Base 3 times [4].",
            "The number 3 is not in the cited text",
        ),
        ("Mr Blair visited Yokosuka Naval Base [4].", "The name “Blair” is not in the cited text"),
        (
            "Mr Rutte painted Yokosuka Naval Base [4].",
            "The word “painted” is not in the cited text",
        ),
        (
            "Mr Rutte never visited Yokosuka Naval Base [4].",
            "The word “never” is not in the cited text",
        ),
        ("[4]", "The sentence contains no words."),
    ],
)
def test_why_a_sentence_is_struck_out(check, said, why):
    sentence = check(said)
    assert not sentence.supported
    assert sentence.citations == ()
    assert sentence.reason.startswith(why)


@pytest.mark.parametrize(
    ("text", "said", "right"),
    [
        ("Dues rose by 5% in 2020.", "Dues rose by 5 percent in 2020 [1].", True),
        ("Dues rose by 5% in 2020.", "Dues rose by five per cent in 2020 [1].", True),
        ("Dues rose by 5% in 2020.", "Dues rose by 5 crowns in 2020 [1].", False),
        ("It cost 2,500,000 crowns.", "It cost 2.5 million crowns [1].", True),
        ("It cost 2,500,000 crowns.", "It cost 2.5 billion crowns [1].", False),
        ("Paid on 3 April 2019.", "It was paid on April 3, 2019 [1].", True),
        ("Paid on 3 April 2019.", "It was paid on April 4, 2019 [1].", False),
        ("The pier is open from 8-10 May.", "The pier is open on 8 May [1].", False),
        ("Holm wrote “do   not\ndock” here.", 'Holm wrote "do not dock" here [1].', True),
        ("Rule 7 lasts 3 days, and rule 8 lasts 5 days.", "Rule 7 lasts 5 days [1].", False),
        ("Rule 7 lasts 3 days, and rule 8 lasts 5 days.", "Rule 8 lasts 5 days [1].", True),
        ("Ida Holm sued Ola Berg.", "Ola Berg sued Ida Holm [1].", False),
        ("Ida Holm sued Ola Berg.", "Ola Berg was sued by Ida Holm [1].", True),
    ],
)
def test_numbers_dates_quotations_and_agents(encoder, text, said, right):
    assert check_sentence(said, [made(text)], encoder, None).supported is right


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        ("Fewer than 50 people attended.", "50 people attended.", "leaves out “fewer”"),
        ("Fewer than 50 people attended.", "Fewer than 50 people attended.", ""),
        ("Almost all members voted for it.", "All members voted for it.", "leaves out “almost”"),
        ("The dose is less than 5 mg per day.", "The dose is 5 mg per day.", "leaves out “less”"),
        ("It was founded before 1990.", "It was founded in 1990.", "leaves out “before”"),
        ("It was founded before 1990.", "It was founded before 1990.", ""),
        ("It is open until 8 May.", "It is open on 8 May.", "leaves out “until”"),
        ("Boats pass under the bridge.", "Boats pass the bridge.", ""),
        ("The former mayor, Ida Holm, left.", "The mayor, Ida Holm, left.", "leaves out “former”"),
        ("The former mayor, Ida Holm, left.", "Ida Holm left.", ""),
        ("The most important pier is long.", "The important pier is long.", ""),
        ("Unless it rains, it ends on 1 May.", "It ends on 1 May.", "under a condition only"),
        ("Dues are repaid only if it is clean.", "Dues are repaid.", "under a condition only"),
        ("Dues are repaid only if it is clean.", "If it is clean, dues are repaid.", ""),
        ("Dues are repaid, provided that it is clean.", "Dues are repaid.", "under a condition"),
        ("Ida, who is mayor, said that she left, if only for Oslo.", "Ida is mayor.", ""),
        (
            "They declined to approve the plan.",
            "They approved the plan.",
            "not present this as a fact",
        ),
        ("They declined to approve the plan.", "They declined to approve the plan.", ""),
        (
            "He denied that the pier was closed.",
            "The pier was closed.",
            "not present this as a fact",
        ),
        (
            "It claims that the pier was closed.",
            "The pier was closed.",
            "not present this as a fact",
        ),
    ],
)
def test_a_restriction_is_not_left_out(text, said, why):
    reason, _ = find_evidence(said, [made(text)])
    assert (why in reason) if why else not reason


@pytest.mark.parametrize(
    ("text", "said", "right"),
    [
        ("The contractor left.", "The contract left.", False),
        ("The contract ended.", "The contractor ended.", False),
        ("The authority left.", "The author left.", False),
        ("The author left.", "The authority left.", False),
        ("The insurance paid.", "The insurer paid.", False),
        ("The employers left.", "The employment left.", False),
        ("The ships were ordered.", "The order of ships.", True),
        ("The investor left.", "The investors left.", True),
        ("It is of national importance.", "It is important to the nation.", True),
    ],
)
def test_who_does_something_is_not_what_is_done(text, said, right):
    assert (not find_evidence(said, [made(text)])[0]) is right


def test_marks_are_taken_off():
    assert split_citations("**It** rained [2], and 【1】 snowed.[3, 2]") == (
        "It rained, and snowed.",
        [2, 1, 3],
    )


def test_slow_inputs_are_refused_immediately(check):
    assert check("[1] " + "a@" * 3000).reason == "The sentence is too long to be checked."
    assert check("[1] " + "a@" * 290).reason
    every = "Mr Rutte visited Yokosuka Naval Base [1][2][3][4]."
    assert check(every).reason == "The sentence cites more than 3 passages."


@pytest.mark.parametrize("number", ["⑦", "⁷", "²"])
def test_a_sign_that_is_no_digit_is_no_number_of_the_passage(encoder, number):
    said = f"The company paid {number} million dollars [1]."
    assert not check_sentence(
        said, [made("The company paid 5 million dollars.")], encoder, None
    ).supported
