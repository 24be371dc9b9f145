"""Text -> the language it is written in. The only py3langid import."""

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
"""The stemmer of each language (ISO 639-1) that has one."""

_UNSTEMMED = ("zh", "ja", "ko")
_SAMPLE = 5_000
"""Characters of a text that are looked at."""
_SURE = 0.9


def language_of(text: str) -> str:
    """Return the language of a text by its ISO 639-1 code, "en" where that is not clear.

    >>> language_of("Der Hafenmeister kommt morgen früh zurück.")
    'de'
    >>> language_of("1 2 3")
    'en'
    """
    language, probability = _identifier().classify(text[:_SAMPLE])
    return language if probability >= _SURE else "en"


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*STEMMERS, *_UNSTEMMED])
    return identifier
