"""Read plain text and Markdown in any encoding; their text is kept unchanged.

Other readers decode bytes and find titles with the functions here.
"""

from index.errors import UnreadableFile
from index.text.canonical import (
    Extract,
    canonicalize,
    first_line,
    join_authors,
    parse_date,
    shorten,
)
from index.text.chunk import find_headings
from index.text.markdown import front_matter_end, read_front_matter

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def decode(data: bytes) -> str:
    """Decode bytes by their byte order mark, as UTF-8, or else in the detected encoding.

    Raises `UnreadableFile` if the bytes are binary or in no known encoding.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise UnreadableFile(
                    f"its byte order mark says {encoding}, but its bytes are not valid; "
                    "save it again as UTF-8"
                ) from error
    if b"\0" in data:
        raise UnreadableFile("the file is binary, not text")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        from charset_normalizer import from_bytes

        guesses = from_bytes(data)
        guess = guesses.best()
        if guess is None:
            raise UnreadableFile(
                f"its encoding was not recognised (byte {error.start:,} is not UTF-8); "
                "save it again as UTF-8"
            ) from error
        # Among encodings that fit about equally well, Western European is by far most common.
        western = (other for other in guesses if "cp1252" in other.could_be_from_charset)
        likely = next(western, guess)
        near = likely.chaos <= guess.chaos + 0.05 and likely.coherence >= guess.coherence - 0.05
        return str(likely if near else guess)


def read_text(data: bytes) -> Extract:
    """Read plain text; its title is its first line."""
    text = canonicalize(decode(data))
    return Extract(first_line(text), text, "text/plain")


def read_markdown(data: bytes) -> Extract:
    """Read Markdown; its front matter, between lines of "---", stays part of the text."""
    text = canonicalize(decode(data))
    front_matter = read_front_matter(text)
    title = shorten(front_matter.get("title", "")) or infer_title(text)
    author = join_authors(front_matter.get("author") or front_matter.get("authors", ""))
    date = parse_date(*(front_matter.get(key, "") for key in ("lastmod", "updated", "date")))
    return Extract(title, text, "text/markdown", author=author, date=date)


def infer_title(text: str) -> str:
    """Return the first Markdown heading, else the first line, shortened to a title."""
    marked = find_headings(text)
    return shorten(marked[0][1]) if marked else first_line(text[front_matter_end(text) :])
