"""Ask two long made-up tables, of boats and of spare parts: python tests/bench/tables.py

Half of the questions use the name of the column that they ask for, half other words for it; one
more for each part asks for its colour, which no column holds. Prints, for each kind, how often the
cell is shown, another one, its row quoted first, others, and how often there is said to be none.
"""

import random
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

import index
import qa

BOATS = ("Osprey", "Heron", "Tern", "Gannet", "Puffin")
FIRST = ("Ida", "Ola", "Kari", "Per", "Nils", "Berit", "Jon", "Siri", "Lars", "Eva")
LAST = ("Holm", "Berg", "Lund", "Dahl", "Moe", "Vik", "Aas", "Lie")
PARTS = ("Valve", "Pump seal", "Filter", "Hose", "Bolt set")
SIZES = ("XS", "S", "M", "L", "XL", "XXL")

BOAT_COLUMNS = {
    "Owner": ("Who is the owner of the {}?", "Who does the {} belong to?"),
    "Berth": ("Which berth has the {}?", "Where does the {} lie?"),
    "Annual fee": ("What is the annual fee of the {}?", "What must the {} pay a year?"),
    "Length": ("What is the length of the {}?", "How long is the {}?"),
}
PART_COLUMNS = {
    "Maker": ("Who is the maker of the {}?", "Who makes the {}?"),
    "Shelf": ("On which shelf is the {}?", "Where do I find the {}?"),
    "Price": ("What is the price of the {}?", "How much is a {}?"),
    "On hand": ("How many {} are on hand?", "How many of {} are left?"),
}
"""Columns, each with a question that names it and one that does not."""

ABSENT = "What colour is the {}?"


def make_boats(chance):
    names = [f"{boat} {number}" for boat in BOATS for number in chance.sample(range(100, 300), 14)]
    for name in chance.sample(names, len(names)):
        yield {
            "Boat": name,
            "Owner": f"{chance.choice(FIRST)} {chance.choice(LAST)}",
            "Berth": f"{chance.choice('ABCDEF')}{chance.randint(1, 40)}",
            "Annual fee": f"{chance.randint(80, 400)} euros",
            "Member since": str(chance.randint(1985, 2024)),
            "Length": f"{chance.randint(5, 14)} m",
        }


def make_parts(chance):
    for name in (f"{part} {size}" for part in PARTS for size in SIZES):
        yield {
            "Part": name,
            "Maker": f"{chance.choice(LAST)} AS",
            "Shelf": f"{chance.randint(1, 30)}{chance.choice('abc')}",
            "Price": f"{chance.randint(3, 90)}.50 €",
            "On hand": str(chance.randint(0, 60)),
        }


def write_table(path, rows):
    lines = [list(rows[0]), ["---"] * len(rows[0]), *(list(row.values()) for row in rows)]
    path.write_text("\n".join(f"| {' | '.join(line)} |" for line in lines), "utf-8")


def judge(answer, words):
    """Return what became of a question whose cell holds these words, "" where there is none."""
    if answer.outcome == "answer":
        return "right" if words and words in answer.text else "wrong"
    if answer.outcome == "none":
        return "none"
    is_first = words and words in answer.citations[0].quote
    return "row quoted" if is_first else "others quoted"


def main():
    chance = random.Random(3)
    boats, parts = list(make_boats(chance)), list(make_parts(chance))
    asked = []
    for rows, columns in (
        (chance.sample(boats, 16), BOAT_COLUMNS),
        (chance.sample(parts, 10), PART_COLUMNS),
    ):
        for row in rows:
            name = next(iter(row.values()))
            for column, (named, other) in columns.items():
                asked.append(("column named", named.format(name), row[column]))
                asked.append(("in other words", other.format(name), row[column]))
            if columns is PART_COLUMNS:
                asked.append(("not in the table", ABSENT.format(name), ""))
    with tempfile.TemporaryDirectory() as folder:
        write_table(Path(folder, "boats.md"), boats)
        write_table(Path(folder, "parts.md"), parts)
        index.build([folder], index=Path(folder, "index"))
        with qa.open(Path(folder, "index")) as library:
            found = defaultdict(Counter)
            for kind, question, words in asked:
                found[kind][judge(library.ask(question), words)] += 1
    outcomes = ("right", "wrong", "row quoted", "others quoted", "none")
    print(f"{'':18s}", *(f"{outcome:>14s}" for outcome in outcomes))
    for kind, counts in found.items():
        print(f"{kind:18s}", *(f"{counts[outcome]:14d}" for outcome in outcomes))


if __name__ == "__main__":
    main()
