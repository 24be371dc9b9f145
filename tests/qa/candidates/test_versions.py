"""Which of several versions of a document is meant."""

from dataclasses import replace

import pytest

from index import Chunk
from index.extract.document import Document
from qa.candidates.spans import Candidate
from qa.candidates.versions import are_alike, prefer_version
from qa.retrieval.rerank import Passage

FEE = "The mooring fee is {} euros a night."


def candidate(name, fee, probability=0.6, *, title="Harbour rules", date="", text=FEE):
    words = text.format(fee)
    document = Document(name, title, words, f"/{name}", "text/plain", (), name, date=date)
    passage = Passage(Chunk(name, 0, len(words)), document, words, 0.5, {})
    start = words.index(fee)
    return Candidate(passage, start, start + len(fee), probability / 2, probability)


def first_of(question, *candidates):
    return prefer_version(question, candidates)[0]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rules-2022.md", "rules-2024.md"),
        ("rules_v9.md", "rules_v10.md"),
        ("2022/rules.md", "2024/rules.md"),
        ("rules-draft.md", "rules.md"),
    ],
)
def test_the_newest_version_is_meant_where_none_is_named(old, new):
    found = first_of("What is the mooring fee?", candidate(old, "20"), candidate(new, "25", 0.4))
    assert (found.passage.document.id, found.text) == (new, "25")
    assert found.probability == 0.6


def test_the_version_that_a_question_names_is_meant():
    found = [candidate(f"rules-{year}.md", fee) for year, fee in (("2023", "22"), ("2024", "25"))]
    assert first_of("What was the mooring fee in the rules of 2023?", *found).text == "22"
    assert first_of("What is the mooring fee in rules-2023.md?", *reversed(found)).text == "22"


TOWNS = [
    candidate("rent-oslo.md", "980", 0.9, title="Rental agreement", text="The rent is {} euros."),
    candidate("rent-bergen.md", "740", 0.1, title="Rental agreement", text="The rent is {} euros."),
]


@pytest.mark.parametrize(
    ("question", "context", "rent", "is_asked"),
    [
        ("What is the rent in Bergen?", "", "740", False),
        ("What is the rent in Oslo?", "", "980", False),
        ("What is the rent in Bergen and Oslo?", "", "980", True),
        ("What is the rent?", "", "980", True),
        ("What is the rent?", "What is the rent? (landlord Bergen)", "740", False),
    ],
)
def test_of_documents_that_say_the_same_of_other_things_the_named_one_is_meant(
    question, context, rent, is_asked
):
    found = prefer_version(question, TOWNS, context=context)
    assert found[0].text == rent
    assert (found[0].alone, len(found)) == (0.9, 2)
    # The other is no conflict if only one of them is asked.
    assert (found[1].alone > 0) == is_asked


GUESTS = [
    candidate(f"{name}.md", fee, 0.5, title="Fees", text="A berth costs {} euros.")
    for name, fee in (("fees", "20"), ("fees-for-a-guest", "35"))
]


@pytest.mark.parametrize(
    ("question", "fee"),
    [("What is the fee for a berth?", "20"), ("What do guests pay for a berth?", "35")],
)
def test_a_document_is_named_by_its_topic_words_in_any_form(question, fee):
    assert first_of(question, *GUESTS).text == fee


@pytest.mark.parametrize(
    ("names", "question", "fee"),
    [
        (("rules-uk", "rules-us"), "What is the mooring fee in the US?", "25"),
        (("rules-us", "rules-uk"), "What does the mooring cost us?", "20"),
        (("report-april", "report-may"), "What was the mooring fee in May?", "25"),
        (("rules-12", "rules-10"), "What is the mooring fee for 10 nights?", "20"),
        (("rules-12", "rules-10"), "What is the mooring fee in rules 10?", "25"),
    ],
)
def test_a_document_is_named_by_an_acronym_a_month_and_its_number(names, question, fee):
    likelier, other = (candidate(f"{n}.md", f) for n, f in zip(names, ("20", "25"), strict=True))
    assert first_of(question, likelier, replace(other, alone=0.05)).text == fee


def test_the_words_of_a_conversation_name_a_document_in_any_order():
    kestrels = [candidate(f"kestrel-{n}.md", fee) for n, fee in (("210", "20"), ("200", "25"))]
    context = "How long is its guarantee? (12 200 Kestrel litres)"
    assert prefer_version("How long is its guarantee?", kestrels, context=context)[0].text == "25"


def test_a_missing_date_is_not_the_oldest():
    dated, newer = candidate("rules-v1.md", "20", date="2023-01-01"), candidate("rules-v2.md", "25")
    assert first_of("What is the mooring fee?", dated, newer).text == "25"


DATED = [("a", "20", "2021-05-01"), ("b", "25", "2024-05-01")]


def test_a_year_names_the_document_that_is_from_it():
    old, new = (candidate(f"fees-{c}.md", f, 0.5, date=d) for c, f, d in DATED)
    assert first_of("What was the mooring fee in 2021?", new, old).text == "20"


def test_the_version_that_was_spoken_of_is_meant_unless_the_question_names_one():
    found = [candidate(f"rules-{year}.md", fee) for year, fee in (("2023", "22"), ("2024", "25"))]
    context = "What is the mooring fee? (rules 2023)"
    assert prefer_version("What is the mooring fee?", found, context=context)[0].text == "22"
    assert prefer_version("What is it in 2024?", found, context=context)[0].text == "25"


def test_dates_order_versions_before_the_numbers_of_their_names():
    old = candidate("rules-a2.md", "20", date="2021-05-01")
    new = candidate("rules-a1.md", "25", date="2024-05-01")
    assert first_of("What is the mooring fee?", old, new) == prefer_version("", [new, old])[0]
    assert first_of("What is the mooring fee?", old, new).text == "25"


@pytest.mark.parametrize(
    "other",
    [
        candidate("prices.md", "25", title="Prices"),
        candidate("rules-2024.md", "25", 0.2),
        candidate("rules-2024.md", "May", text="It was opened on a rainy day in {}, with music."),
    ],
)
def test_another_document_an_unlikely_or_an_unlike_one_is_no_version(other):
    best = candidate("rules-2022.md", "20")
    assert first_of("What is the mooring fee?", best, other) is best


def test_numbers_are_what_versions_differ_by():
    row = "| MF-131 | Slipcase | {} | %d | %d |"
    old = candidate("prices-2023.csv", "17.50", text=row % (40, 12))
    new = candidate("prices-2024.csv", "18.90", 0.5, text=row % (36, 31))
    assert first_of("What does the slipcase cost?", old, new).text == "18.90"


def test_a_document_is_no_version_of_itself():
    assert not are_alike(candidate("rules-1.md", "20"), candidate("rules-1.md", "25"))
    assert prefer_version("What is the mooring fee?", []) == []
