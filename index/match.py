"""Patterns of documents' ids: the id of one, a folder of them, or with wildcards. Pure."""

from fnmatch import fnmatchcase


def matches(pattern: str, document_id: str) -> bool:
    """Whether a pattern names a document: by its id, by a folder above it, or by wildcards.

    "*" stands for any characters, "?" for one and "[ab]" for one of several; "/" is one like any
    other, so that "2024/*.pdf" also finds what lies deeper.

    >>> [matches(p, "2024/may/a.pdf") for p in ("2024/may/a.pdf", "2024/", "2024/*.pdf", "a.pdf")]
    [True, True, True, False]
    """
    wanted = pattern.removeprefix("./").rstrip("/")
    if document_id == wanted or document_id.startswith(f"{wanted}/"):
        return True
    return fnmatchcase(document_id, wanted) or fnmatchcase(document_id, f"{wanted}/*")
