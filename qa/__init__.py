"""An index becomes answers.

>>> import qa
>>> qa.ask("Who hosted the Secretary General in Tokyo?").text       # doctest: +SKIP
"""

try:
    from index import InvalidArgument, NoMatch
except (ImportError, AttributeError) as error:  # An index.py that uses qa finds it half imported.
    from importlib.util import find_spec
    from pathlib import Path

    found = find_spec("index")
    places = [found.origin or "", *(found.submodule_search_locations or [])] if found else []
    here = str(Path(__file__).parents[1] / "index")
    if not places or here in places:
        raise
    place = places[-1]
    raise ImportError(
        f"Footnote's package index was expected, but Python finds {place} under this name. Rename "
        "that, or start Python in another folder."
    ) from error

from index.installation import installed_version
from qa.answer import NOT_FOUND, THRESHOLD, Answer
from qa.citation import Checked, Citation, check
from qa.each import ask_each
from qa.handle import Handle, ask, open, retrieve
from qa.llm.endpoint import LanguageModel
from qa.llm.phrase import Phrased
from qa.pipeline import phrase
from qa.reader.load import BUNDLED_READER as EMBEDDED
from qa.reader.load import NONE
from qa.retrieval.arguments import MAX_QUESTION
from qa.retrieval.exchanges import Exchange
from qa.retrieval.rerank import Passage
from qa.suggest import suggest

__version__ = installed_version()

__all__ = [
    "EMBEDDED",
    "MAX_QUESTION",
    "NONE",
    "NOT_FOUND",
    "THRESHOLD",
    "Answer",
    "Checked",
    "Citation",
    "Exchange",
    "Handle",
    "InvalidArgument",
    "LanguageModel",
    "NoMatch",
    "Passage",
    "Phrased",
    "__version__",
    "ask",
    "ask_each",
    "check",
    "open",
    "phrase",
    "retrieve",
    "suggest",
]
