"""Ask every document of made-up contracts: python tests/bench/each.py [DOCUMENTS]

Each contract says in words of its own who rents what, for how much, until when and with what
notice; each of these is left out of some. Prints how many rows hold the right words or wrong ones,
how many quote the sentence that answers or others, how many say that there is none and how many of
these are truly without, and the time of a question to all documents, beside one to the index.
"""

import argparse
import random
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path

import index
import qa

FIRST = ("Ida", "Bruno", "Chen", "Dora", "Emil", "Farah", "Greta", "Hugo", "Ines", "Jonas")
LAST = ("Holm", "Katz", "Wei", "Lind", "Sand", "Noor", "Moss", "Berg", "Rossi", "Vale")
PLACES = ("the Old Mill", "Quay 4", "the Red Barn", "a loft", "the boat yard", "Flat 12", "a kiosk")
MONTHS = ("January", "March", "May", "June", "September", "November")

FACTS = {
    "Who is the tenant?": (
        "The tenant is {tenant}.",
        "{tenant} (hereinafter the Tenant) takes {place} on lease.",
        "This agreement is made between Harbour Estates Ltd, as landlord, and {tenant}, as tenant.",
        "{place_} is let to {tenant}.",
    ),
    "What is the monthly rent?": (
        "The monthly rent is {rent}.",
        "For the use of the premises {rent} are due on the first day of each month.",
        "Rent: {rent} a month, payable in advance.",
        "The Tenant pays the landlord {rent} per month.",
    ),
    "When does the lease end?": (
        "The lease ends on {end}.",
        "It runs until {end} and is not renewed by itself.",
        "Term: from the day of signing to {end}.",
        "The contract expires on {end}.",
    ),
    "What is the notice period?": (
        "The notice period is {notice}.",
        "Either party may give notice in writing, {notice} in advance.",
        "It can be terminated with {notice} of notice.",
        "Whoever wants to leave earlier says so {notice} before.",
    ),
}
"""Questions, and the ways in which a contract says what they ask for."""

OTHERS = (
    "The landlord keeps the roof and the outer walls in repair.",
    "Pets are allowed with the consent of the neighbours.",
    "Keys are handed over when the deposit has been paid.",
    "The Tenant insures the furniture, the landlord the building.",
    "Changes to this agreement are valid in writing only.",
    "Waste is collected on Tuesdays and Fridays.",
    "A copy of the house rules is attached.",
)


def write_contract(number):
    """Return the text of a contract, and the words that answer each question, "" for none."""
    chance = random.Random(number)
    place = chance.choice(PLACES)
    values = {
        "tenant": f"{chance.choice(FIRST)} {chance.choice(LAST)}",
        "rent": f"{chance.randrange(6, 40) * 50:,} euros",
        "end": f"{chance.randrange(1, 29)} {chance.choice(MONTHS)} {chance.randrange(2027, 2035)}",
        "notice": f"{chance.choice(('four weeks', 'two months', 'three months', 'six months'))}",
        "place": place,
        "place_": place[0].upper() + place[1:],
    }
    said, sentences = {}, chance.sample(OTHERS, 4)
    for (question, ways), name in zip(
        FACTS.items(), ("tenant", "rent", "end", "notice"), strict=True
    ):
        said[question] = values[name] if chance.random() < 0.8 else ""
        if said[question]:
            sentences.append(chance.choice(ways).format(**values))
    chance.shuffle(sentences)
    return f"# Lease {number}\n\n" + " ".join(sentences) + "\n", said


def judge(row, words):
    """Return what a row is, given the words that answer, or "" where the contract has none."""
    if row:
        return "right" if words and words in row.text else "wrong"
    if row.outcome == "none":
        return "missed" if words else "none"
    return "quoted" if words and words in row.text else "passages"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", type=int, nargs="?", default=100)
    count = parser.parse_args().documents
    with tempfile.TemporaryDirectory() as home:
        said = {}
        for number in range(count):
            text, answers = write_contract(number)
            Path(home, f"lease-{number:03}.md").write_text(text)
            said |= {(f"lease-{number:03}.md", question): a for question, a in answers.items()}
        index.build([home], index=Path(home, ".footnote"))
        with qa.open(Path(home, ".footnote")) as library:
            library.ask(next(iter(FACTS)))
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            started = time.perf_counter()
            library.ask("What is the rent of the boat yard?")
            single = time.perf_counter() - started
            print(f"{'question':28s}  right  wrong quoted others   none truly")
            for question in FACTS:
                started = time.perf_counter()
                rows = list(library.ask_each(question))
                seconds = time.perf_counter() - started
                truth = [said[row.document.document_id, question] for row in rows]
                counts = Counter(map(judge, rows, truth))
                named = ("right", "wrong", "quoted", "passages", "missed", "none")
                right, wrong, quoted, others, missed, none = (counts[name] for name in named)
                print(
                    f"{question:28s} {right:6d} {wrong:6d} {quoted:6d} {others:6d} "
                    f"{missed + none:6d} {none:5d}   {seconds:.1f} s, alone {single:.2f} s"
                )
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory
        print(
            f"memory: {memory / 1e3:.0f} MB after one question, {more / 1e3:.0f} MB more in the end"
        )


if __name__ == "__main__":
    main()
