"""Plain text and Markdown, in whatever encoding: the text is the file's own."""

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

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def decode(data: bytes) -> str:
    """Return bytes as text: by byte order mark, as UTF-8, else by what the bytes look like."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise UnreadableFile(
                    f"it is marked as {encoding}, but its bytes are not; save it again as UTF-8"
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
                f"its bytes are in no known encoding (byte {error.start:,} is not UTF-8); "
                "save it again as UTF-8"
            ) from error
        # Of encodings that fit about as well, Western European is by far the commonest.
        western = (found for found in guesses if "cp1252" in found.could_be_from_charset)
        likely = next(western, guess)
        near = likely.chaos <= guess.chaos + 0.05 and likely.coherence >= guess.coherence - 0.05
        return str(likely if near else guess)


def read_text(data: bytes) -> Extract:
    text = canonicalize(decode(data))
    return Extract(first_line(text), text, "text/plain")


def read_markdown(data: bytes) -> Extract:
    """Read a text as it stands; what is said above it, between lines of "---", is of it too."""
    text = canonicalize(decode(data))
    said = read_front_matter(text)
    title = shorten(said.get("title", "")) or heading_title(text)
    author = join_authors(said.get("author") or said.get("authors", ""))
    date = parse_date(*(said.get(key, "") for key in ("lastmod", "updated", "date")))
    return Extract(title, text, "text/markdown", author=author, date=date)


def heading_title(text: str) -> str:
    """Return the first Markdown heading, else the first line, shortened to serve as a title."""
    marked = find_headings(text)
    return shorten(marked[0][1]) if marked else first_line(text[front_matter_end(text) :])
