"""Detects the language of a text. The only module that imports py3langid."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

STEMMERS = {
    **{"ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english"},
    **{"es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian"},
    **{"nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian"},
    **{"sv": "swedish", "ta": "tamil", "tr": "turkish"},
}
"""The name of the stemmer for each language (ISO 639-1) that has one."""

_LANGUAGES_WITHOUT_STEMMER = ("zh", "ja", "ko")

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uff66-\uff9d"
    "\U00020000-\U0003ffff"
)
"""The scripts without spaces between words, as ranges in the class of a regular expression."""

_SAMPLE_LENGTH = 5_000
"""Number of characters of a text that are examined."""

_MIN_PROBABILITY = 0.9


def detect_language(text: str) -> str:
    """Return the ISO 639-1 code of a text's language, "en" if the language is uncertain.

    >>> detect_language("Der Hafenmeister kommt morgen früh zurück.")
    'de'
    >>> detect_language("1 2 3")
    'en'
    """
    language, probability = _identifier().classify(text[:_SAMPLE_LENGTH])
    return language if probability >= _MIN_PROBABILITY else "en"


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*STEMMERS, *_LANGUAGES_WITHOUT_STEMMER])
    return identifier
