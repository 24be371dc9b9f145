"""What a language model says to a question, printed sentence by sentence as it is found to hold.

How the answer is printed without one is left to `commands`.
"""

import argparse
import sys
from typing import Any

from index.errors import FootnoteError
from qa.citation import Citation
from qa.llm.endpoint import LanguageModel, check_installed
from qa.llm.phrase import Phrased, phrased
from qa.llm.verify import Sentence


def model_of(url: str | None, name: str | None) -> LanguageModel | None:
    """Return the language model of the command line; None without one. Raises `FootnoteError`."""
    if url is None and name is None:
        return None
    if not url or not name:
        raise FootnoteError("--llm and --llm-model go together: --llm URL --llm-model NAME")
    check_installed()
    return LanguageModel(url, name)


def print_phrased(answer: Any, model: LanguageModel, arguments: argparse.Namespace) -> None:
    """Print what a model says to an answered question, then its sources.

    What was left out, and what went wrong, goes to standard error.
    """
    from index.encode.encoder import load_encoder
    from index.store.generation import open_index
    from qa.cli.commands import printed_citation
    from qa.reader.reader import load_reader

    sources: list[Citation] = []

    def tell(sentence: Sentence) -> None:
        if sentence.supported:
            if not sources:
                print("In the words of the language model:")
            print(f"{sentence.text} {marks(sentence, sources)}", flush=True)

    said = phrased(
        answer.searched_for,
        answer.passages,
        model,
        encoder=load_encoder(open_index(arguments.index).manifest.encoder.name),
        reader=load_reader(arguments.reader),
        tell=tell,
    )
    for line in notes(said):
        print(f"footnote: {line}", file=sys.stderr)
    for number, citation in enumerate(sources, 1):
        print(f"  [{number}] {printed_citation(citation)}")


def marks(sentence: Sentence, sources: list[Citation]) -> str:
    """Return the marks of a sentence's citations, adding those that are new to the sources."""
    for citation in sentence.citations:
        if citation not in sources:
            sources.append(citation)
    return "".join(f"[{sources.index(citation) + 1}]" for citation in sentence.citations)


def notes(said: Phrased) -> list[str]:
    """Return in sentences what was left out and why, and what went wrong."""
    struck = [sentence for sentence in said.sentences if not sentence.supported]
    found = [said.note] if said.note else []
    if struck:
        reasons = " ".join(dict.fromkeys(sentence.reason for sentence in struck[:3]))
        what = "1 sentence" if len(struck) == 1 else f"{len(struck)} sentences"
        were = "was" if len(struck) == 1 else "were"
        found.append(f"{what} of the language model {were} left out: {reasons}")
    return found
