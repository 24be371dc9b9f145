"""Characters without width, which part no words: soft hyphens and the like.

The text of a document keeps them; search by meaning and by words does not see them. Joiners
(U+200C, U+200D) stay, since they change letters in Arabic and Indic scripts.
"""

import re

# In Thai, Lao, Burmese and Khmer, which have no spaces, U+200B stands between words.
_INVISIBLE = re.compile("[\u00ad\u2060\ufeff]|(?<![\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff])\u200b")


def drop_invisible(text: str) -> str:
    """Return a text without its soft hyphens and zero-width spaces.

    >>> drop_invisible("re\\u00adfrig\\u00adera\\u00adtor, Griffin\\u200bBay")
    'refrigerator, GriffinBay'
    """
    return _INVISIBLE.sub("", text)
