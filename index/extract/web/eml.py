"""Read e-mails (.eml): the subject, the main headers, then the body."""

import email
import email.policy
import re
from email.message import EmailMessage, MIMEPart

from index.errors import UnreadableFile
from index.extract.plain_text import decode
from index.extract.web.html import html_to_markdown
from index.text.canonical import Extract, canonicalize, join_authors, parse_date, shorten

_HEADERS = ("From", "To", "Cc", "Date")


def read_eml(data: bytes) -> Extract:
    """Read an e-mail's plain text, or its HTML if there is none; attachments are only listed."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    if not isinstance(message, EmailMessage) or not any(message[name] for name in _HEADERS):
        raise UnreadableFile("it is not an e-mail: it has no From, To, Cc or Date header")
    subject = " ".join(str(message["Subject"] or "").split())
    lines = [
        f"{name}: {' '.join(str(message[name]).split())}" for name in _HEADERS if message[name]
    ]
    blocks = [f"# {subject}" if subject else "", "\n".join(lines), _read_message_text(message)]
    names = [part.get_filename() for part in message.iter_attachments() if part.get_filename()]
    if names:
        blocks.append(f"Attachments: {', '.join(str(name) for name in names)}")
    text = canonicalize("\n\n".join(block for block in blocks if block) + "\n")
    senders = getattr(message["From"], "addresses", ())
    author = join_authors(*(sender.display_name or sender.addr_spec for sender in senders))
    date = parse_date(str(message["Date"] or ""))
    return Extract(shorten(subject), text, "message/rfc822", author=author, date=date)


def _read_message_text(message: EmailMessage) -> str:
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    text = _decode_part(plain) if plain else ""
    if page and not text.strip():
        return html_to_markdown(_decode_part(page)).strip()
    if plain and plain.get_param("format") == "flowed":
        # A line that ends in a space continues on the next one, except for the "-- " of a
        # signature (RFC 3676).
        joined = "" if str(plain.get_param("delsp")).lower() == "yes" else " "
        text = re.sub(r"(?m)(?<!^--) \n(?!>)", joined, text.replace("\r\n", "\n"))
    return text.strip()


def _decode_part(part: MIMEPart) -> str:
    """Decode a part in its declared encoding, or else in the detected one."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    try:
        return data.decode(part.get_content_charset("utf-8"))
    except (UnicodeDecodeError, LookupError):
        return decode(data) if data else ""
