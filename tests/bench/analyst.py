"""Ask a folder of mixed documents as an analyst would: python tests/bench/analyst.py [FOLDER]

The documents are those of one invented dairy and its surroundings (`analyst_documents.md`), written
as PDF, Word, Excel, PowerPoint, HTML, Markdown, CSV, e-mail and text into FOLDER, by default one
that is deleted in the end. Prints each question with what came of it: the right words or wrong
ones, the sentence that holds them quoted, other sentences quoted, or missed; then the document that
is cited first, and whether its page and row are right, or wide where more than the row is cited.
With --browser, some are asked in Chromium: the clicks and seconds until the right words are marked
on the screen.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from analyst_files import write_documents

import index
import qa
from index.extract.document import extract

VERDICTS = ("right", "quoted", "others", "missed", "wrong")


@dataclass(frozen=True)
class Question:
    """A question, the words that an answer has to hold (none where there is none), their place.

    `row` are words of the row that has to be cited. `own` questions are asked in words that the
    place does not use, a question that `follows` after the one before it; `opened` ones are asked
    in the browser too.
    """

    text: str
    words: tuple[str, ...] = ()
    document: str = ""
    page: int | None = None
    row: str = ""
    own: bool = False
    follows: bool = False
    opened: bool = False


QUESTIONS = (
    Question(
        "When was the separator last serviced?",
        ("2023-05-11",),
        "2023/machines.xlsx",
        row="Separator",
        opened=True,
    ),
    Question(
        "What was the somatic cell count of Dunmere in May?",
        ("214,000",),
        "2024/laboratory-milk-tests.pdf",
        page=2,
        row="Dunmere",
        opened=True,
    ),
    Question(
        "How warm must the water for washing hands be at least?",
        ("43 °C",),
        "2025/hygiene-policy-2025.docx",
        opened=True,
    ),
    Question(
        "What broke down and made production drop in the fall of 2023?",
        ("heat exchanger",),
        "2023/annual-report-2023.pdf",
        page=2,
        own=True,
        opened=True,
    ),
    Question(
        "Until when may we keep using the cellar where the cheese matures?",
        ("30 June 2031",),
        "2024/lease-of-the-ripening-cave.pdf",
        page=2,
        own=True,
    ),
    Question(
        "How much must a class of pupils pay to be shown around?",
        ("60 euros",),
        "2025/tour-prices.html",
        row="School groups",
        own=True,
    ),
    Question(
        "How long may a new dad stay at home with full wages?",
        ("ten days",),
        "2025/staff-handbook.docx",
        own=True,
    ),
    Question(
        "How much dirty water may we let into the sewer daily?",
        ("18 cubic metres",),
        "2024/mail-wastewater.eml",
        own=True,
        opened=True,
    ),
    Question(
        "When will the store in Harrow Street begin to sell?",
        ("3 May 2025",),
        "2025/board-slides.pptx",
        page=1,
        own=True,
    ),
    Question(
        "How did the inspectors rate the fight against mice and insects?",
        ("satisfactory",),
        "2023/audit-food-authority.pdf",
        page=2,
        row="Pest control",
        own=True,
    ),
    Question(
        "Who bought the used truck?",
        ("Crow Meadow Farm",),
        "2024/minutes-2024-01-15.md",
        own=True,
    ),
    Question(
        "And what did they pay for it?",
        ("4,200 euros",),
        "2024/minutes-2024-01-15.md",
        own=True,
        follows=True,
    ),
    Question(
        "What is the notice period of the contract with Birch Hill?",
        ("six months",),
        "2022/supply-contract-birch-hill.docx",
    ),
    Question(
        "And with Fern Valley?",
        ("three months",),
        "2024/supply-contract-fern-valley.pdf",
        page=1,
        follows=True,
    ),
    Question("Which software do we keep the books with?", own=True),
    Question("How many cows does Alder Farm have?"),
    Question("Who is the chair of the works council?"),
    Question("How many documents are there?", ("46",)),
    Question(
        "Which documents mention the label printer?",
        ("2025/mail-label-printer.eml", "2025/minutes-2025-02-10.md"),
    ),
)

EACH = "How much is paid for a litre of milk?"
CONTRACTS = {
    "2022/supply-contract-alder-farm.docx": "46 cents",
    "2022/supply-contract-birch-hill.docx": "45 cents",
    "2023/supply-contract-crow-meadow.pdf": "48 cents",
    "2023/supply-contract-dunmere.txt": "47 cents",
    "2024/supply-contract-elm-cottage.md": "92 cents",
    "2024/supply-contract-fern-valley.pdf": "49 cents",
    "2025/supply-contract-gorse-end.docx": "",
}
"""What each contract says in answer to the question that is put to every one of them."""


def judge(words, answer):
    """Return what an answer is, given the words that it has to hold, or none."""
    said = answer.text
    if answer.outcome == "collection":
        said = "\n".join([said, *(citation.document_id for citation in answer.citations)])
    holds = bool(words) and all(word in said for word in words)
    if answer:
        return "right" if holds else "wrong"
    if answer.outcome == "none":
        return "missed" if words else "right"
    return "quoted" if holds else "others"


def judge_place(question, citation):
    """Return whether a citation is the place that holds the words, or more than the row of it."""
    held = (*question.words, question.row)
    where = citation.document_id, citation.page
    if where != (question.document, question.page) or any(w not in citation.quote for w in held):
        return "wrong"
    return "wide" if question.row and "\n" in citation.quote else "right"


def find_unread(folder):
    """Return the questions whose words do not stand in the text that is read, on their page."""
    unread = []
    for question in QUESTIONS:
        if question.document:
            path = folder / question.document
            read = extract(path, path.read_bytes())
            starts = (*read.page_starts, None)
            at = (question.page or 1) - 1
            text = read.text[slice(*starts[at : at + 2])] if question.page else read.text
            if any(words not in text for words in (*question.words, question.row)):
                unread.append(question)
    return unread


def print_row(text, outcome, verdict, cited, place, seconds):
    print(f"{text:66s} {outcome:10s} {verdict:7s} {cited:38s} {place:6s} {seconds:s}", flush=True)


def ask_all(library):
    """Ask every question, print the table, and return verdicts, places and seconds."""
    history, verdicts, places, took = [], Counter(), Counter(), []
    print_row("question (* in words of its own)", "outcome", "", "cited", "place", "seconds")
    for question in QUESTIONS:
        history = history if question.follows else []
        started = time.perf_counter()
        answer = library.ask(question.text, history=history)
        took.append(time.perf_counter() - started)
        history = [*history, answer]
        verdict, cited, place = judge(question.words, answer), "", ""
        if answer.citations and answer.outcome != "collection":
            first = answer.citations[0]
            cited = first.document_id + (f", {first.page}" if first.page else "")
            if question.document:
                place = judge_place(question, first)
                places[place] += 1
        verdicts[verdict] += 1
        text = question.text + " *" * question.own
        print_row(text, answer.outcome, verdict, cited, place, f"{took[-1]:.2f}")
    return verdicts, places, took


def ask_each(library):
    """Put one question to each contract, print the rows, and return how many are right."""
    started, verdicts = time.perf_counter(), Counter()
    for answer in library.ask_each(EACH, where={"document": list(CONTRACTS)}):
        document = answer.document.document_id
        words = tuple(filter(None, [CONTRACTS[document]]))
        verdict = judge(words, answer)
        verdicts[verdict] += 1
        print_row(
            f"  {answer.text.splitlines()[0][:60]}", answer.outcome, verdict, document, "", ""
        )
    seconds = time.perf_counter() - started
    shown = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
    print_row(f"{EACH} (each contract)", "each", "", shown, "", f"{seconds:.2f}")
    return verdicts


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--browser", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = asked.folder or Path(temporary)
        names = write_documents(home / "documents")
        report = index.build([home / "documents"], index=home / "index")
        print(f"{len(names)} files; {len(report.skipped)} skipped")
        for question in find_unread(home / "documents"):
            print(f"not read as it is written: {question.words} in {question.document}")
        with qa.open(home / "index") as library:
            library.ask(QUESTIONS[0].text)  # What is loaded once is not counted.
            verdicts, places, took = ask_all(library)
            each = ask_each(library)
        print(
            f"{len(QUESTIONS) + 1} questions: {', '.join(f'{verdicts[v]} {v}' for v in VERDICTS)}; "
            f"each contract: {each['right']} of {len(CONTRACTS)} right; place: "
            f"{', '.join(f'{places[p]} {p}' for p in ('right', 'wide', 'wrong'))}; "
            f"{median(took):.2f} s at the median"
        )
        if asked.browser:
            from analyst_browser import walk

            walk(home, [question for question in QUESTIONS if question.opened])


if __name__ == "__main__":
    main()
