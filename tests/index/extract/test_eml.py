"""E-mails: their parts, the messages in them, encodings, and mails made to do harm."""

import base64
from pathlib import Path

import pytest

from index.extract.document import extract
from index.extract.web import eml


def mail(*lines, data=b""):
    """Extract a mail of these lines, followed by `data`."""
    head = "\n".join(("From: Ann <ann@example.org>", *lines, "")).encode()
    return extract(Path("a.eml"), head + data)


def part(text, *headers):
    """Return the lines of a part between boundaries named B."""
    return ("--B", *headers, "", text)


def body(*lines, kind="multipart/mixed"):
    """Return the text of a mail of these parts below its own header."""
    text = mail(f"Content-Type: {kind}; boundary=B", "", *lines, "--B--").text
    return text.removeprefix("From: Ann <ann@example.org>\n").strip()


HTML = "Content-Type: text/html"
PICTURE = ("Content-Type: image/png", "Content-Disposition: inline")


def test_all_text_parts_are_read_in_order():
    assert body(
        *part("Before the picture."),
        *part("x", *PICTURE, 'X-Note: "y"'),
        *part("<p>After <b>it</b>.</p>", HTML),
        *part("The end.", "Content-Disposition: attachment"),
        *part("x", 'Content-Type: application/pdf; name="=?utf-8?q?caf=C3=A9.pdf?="'),
        *part("x", "Content-Type: text/plain", "Content-Disposition: attachment; filename=log.txt"),
    ) == (
        "Before the picture.\n\nAfter it.\n\nThe end.\n\nAttachments: image/png, café.pdf, log.txt"
        "\n\n## log.txt\n\nx"
    )


def test_blank_text_parts_are_neither_read_nor_named():
    assert body(*part(" \n"), *part("<p> </p>", HTML), *part("It froze.")) == "It froze."


def test_text_without_the_boundary_it_names_is_read():
    assert mail("Content-Type: multipart/mixed; boundary=B", "", "It froze.").text.endswith(
        "\n\nIt froze.\n"
    )


LINK = "https://example.org/a/long/address/of/it"


def test_page_keeps_its_header_and_footer():
    page = "<header>Dear Ilse,</header><p>It is 20 euros.</p><footer>Tomas Ek</footer>"
    lines = body(*part(page, HTML)).split()
    assert " ".join(lines) == "Dear Ilse, It is 20 euros. Tomas Ek"


@pytest.mark.parametrize(
    ("plain", "page", "text"),
    [
        ("View this in HTML.", "<p>The Fram pays <b>20</b> euros.</p>", "The Fram pays 20 euros."),
        ("The same\nwords.", "<p>The <b>same</b> words.</p>", "The same\nwords."),
        (f"Two words at {LINK}", f"<p>Two <a href={LINK}>words at it</a></p>", "Two words at it"),
        ("A text that says more.", "<p>A text.</p>", "A text that says more."),
        ("", "<p>A text.</p>", "A text."),
    ],
)
def test_alternative_with_more_text_is_read(plain, page, text):
    assert body(*part(plain), *part(page, HTML), kind="multipart/alternative") == text


def test_attachment_within_an_alternative_is_named_and_a_calendar_comes_last():
    nested = ("--C", "Content-Type: text/html", "", "<p>Short.</p>", "--C")
    pdf = ("Content-Type: application/pdf; name=a.pdf", "", "x", "--C--")
    assert body(
        *part("This is the longer one."),
        "--B",
        "Content-Type: multipart/mixed; boundary=C",
        "",
        *nested,
        *pdf,
        *part("BEGIN:VCALENDAR, which is longer than the text", "Content-Type: text/calendar"),
        kind="multipart/alternative",
    ) == ("This is the longer one.\n\nAttachments: a.pdf, text/calendar")


def attached(name, data, kind, *headers):
    """Return the lines of an attachment in base64."""
    return part(
        base64.encodebytes(data).decode(),
        f"Content-Type: {kind}",
        "Content-Transfer-Encoding: base64",
        f'Content-Disposition: attachment; filename="{name}"',
        *headers,
    )


@pytest.mark.parametrize(
    ("name", "kind", "data", "text"),
    [
        ("log", "text/plain", b"The ice broke.\n", "The ice broke."),
        ("log.txt", "text/plain; charset=iso-8859-1", b"\x80 5", "€ 5"),
        ("log.txt", "text/plain", "Причал".encode("utf-16"), "Причал"),
        ("plan.md", "text/markdown", b"# Plan\n\n- Buy ice", "# Plan\n\n- Buy ice"),
        ("Plan.MD", "application/octet-stream", b"- Buy ice", "- Buy ice"),
        (
            "fees.csv",
            "text/csv",
            b"Quay;Fee\nEast;4,50\n",
            "| Quay | Fee |\n| --- | --- |\n| East | 4,50 |",
        ),
        ("fees.csv", "text/plain", b"Quay,Fee\n", "| Quay | Fee |\n| --- | --- |"),
        ("fees.csv", "application/vnd.ms-excel", b"Quay,Fee\n", "| Quay | Fee |\n| --- | --- |"),
        (
            "page.html",
            "text/html",
            b"<h3>Log</h3><p>The <b>ice</b> broke",
            "### Log\n\nThe ice broke",
        ),
        ("page", "text/html; charset=iso-8859-1", b"<p>\x80 5", "€ 5"),
        ("a.HTM", "application/octet-stream", b"<meta charset=koi8-r><p>\xf0", "П"),
        ("a.xhtml", "application/xhtml+xml", "<p>Причал".encode("utf-16"), "Причал"),
        ("fees", "text/tab-separated-values", b"Quay\tFee\n", "| Quay | Fee |\n| --- | --- |"),
    ],
)
def test_attachment_that_is_text_is_read_behind_the_body(name, kind, data, text):
    found = body(*attached(name, data, kind), *part("See the attachment."))
    assert found == f"See the attachment.\n\nAttachments: {name}\n\n## {name}\n\n{text}"


@pytest.mark.parametrize(
    ("name", "kind", "data"),
    [
        ("log.txt", "text/plain", b"a\x00b\x00\x01"),
        ("log.txt", "text/plain", b" \n"),
        ("log.txt", "application/pdf", b"%PDF"),
        ("log.bin", "application/octet-stream", b"The ice broke."),
        ("page.html", "text/html", b"<p>The ice\0 broke.</p>"),
        ("page.html", "text/html", b"<div>" * 100_000 + b"x"),
    ],
)
def test_other_attachments_are_only_named(name, kind, data):
    assert body(*attached(name, data, kind), *part("See it.")) == f"See it.\n\nAttachments: {name}"


def test_attachment_of_a_forwarded_message_stands_below_its_heading():
    inner = (
        "--C",
        *part("The rent rises.")[1:],
        "--C",
        *attached("a.txt", b"May", "text/plain")[1:],
    )
    forwarded = ("From: Rona", "Subject: Rent", 'Content-Type: multipart/mixed; boundary="C"', "")
    lines = ("--B", "Content-Type: message/rfc822", "", *forwarded, *inner, "--C--")
    assert body(*lines, *part("The end.")) == (
        "## Rent\n\nFrom: Rona\n\nThe rent rises.\n\nAttachments: a.txt"
        "\n\n### a.txt\n\nMay\n\nThe end."
    )


INNER = (
    "Subject: =?iso-8859-1?q?The_rent:_=80_940?=",
    "From: Rona <rona@example.org>",
    "Date: Sun, 2 Mar 2025 18:00:00 +0200",
    "",
    "It rises in May.",
)
INNER_TEXT = (
    "## The rent: € 940\n\nFrom: Rona <rona@example.org>\nDate: Sun, 2 Mar 2025 18:00:00 +0200"
    "\n\nIt rises in May."
)


def test_forwarded_message_is_read_with_its_headers():
    assert body(*part("See below."), "--B", "Content-Type: message/rfc822", "", *INNER) == (
        f"See below.\n\n{INNER_TEXT}"
    )


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("message/rfc822", ""),
        ('application/octet-stream; name="rent.eml"', "\n\nAttachments: rent.eml"),
    ],
)
def test_attached_message_in_base64_is_read(kind, names):
    encoded = base64.encodebytes("\n".join(INNER).encode()).decode()
    headers = (f"Content-Type: {kind}", "Content-Transfer-Encoding: base64")
    found = body(*part(encoded, *headers, "Content-Disposition: attachment"))
    assert found == INNER_TEXT + names


def test_report_on_delivery_is_read():
    report = "Reporting-MTA: dns; a\n\nFinal-Recipient: rfc822; bo@example.org\nStatus: 5.1.1"
    returned = "From: Bo <bo@example.org>\nSubject: Lost\nReceived: from a"
    assert (
        body(
            *part("It failed."),
            *part(report, "Content-Type: message/delivery-status"),
            *part(returned, "Content-Type: text/rfc822-headers"),
            kind="multipart/report",
        )
        == f"It failed.\n\n{report}\n\n## Lost\n\nFrom: Bo <bo@example.org>"
    )


@pytest.mark.parametrize(
    ("label", "data", "text"),
    [
        ("iso-8859-1", b"\x80 1,450 \x96 it\x92s", "€ 1,450 – it’s"),
        ("us-ascii", b"\x80 1,450", "€ 1,450"),
        ("us-ascii", "å 1,450".encode(), "å 1,450"),
        ("iso-8859-1", b"a\x81b\x0cc\x00d\x1be", "ab\ncde"),
        ("utf-8", "é è à ".encode() + b"\xfc", "é è à ü"),
        ("utf-16", b"plain words", "plain words"),
        ("punycode", b"plain-words", "plain-words"),
        ("zlib", b"plain words", "plain words"),
        ("no-such", "å".encode(), "å"),
        ("x-sjis", "港は".encode("cp932"), "港は"),
        ("windows-874", "ท่า".encode("cp874"), "ท่า"),
    ],
)
def test_text_is_decoded_as_its_label_is_used(label, data, text):
    found = mail(f"Content-Type: text/plain; charset={label}", "", data=data).text
    assert found == f"From: Ann <ann@example.org>\n\n{text}\n"


def test_page_names_its_encoding_where_the_mail_does_not():
    page = '<meta charset="windows-1251"><p>Причал свободен</p>'.encode("cp1251")
    assert "Причал свободен" in mail(HTML, "", data=page).text


def test_headers_are_decoded():
    found = mail(
        "Subject: =?utf-8?b?R3LDvMOf?=\n =?utf-8?b?ZQ==?= \x07=?utf-8?b?x?= \u20ac", "", "x"
    )
    assert found.title == "Grüße =?utf-8?b?x?= €"
    data = b'From: "=?windows-1252?q?J=F8rn?=" <j@example.org>\nTo: B\xf8 <b@example.org>\n\nx\n'
    found = extract(Path("a.eml"), data)
    assert found.author == "Jørn"
    assert found.text == 'From: "Jørn" <j@example.org>\nTo: Bø <b@example.org>\n\nx\n'


@pytest.mark.parametrize(
    ("text", "options", "joined"),
    [
        ("One \ntwo.\n\n three", "", "One two.\n\nthree"),
        ("> One \n> two.\n>> Deeper.\nFour", "", "> One two.\n>> Deeper.\nFour"),
        ("One \n> two", "", "One\n> two"),
        ("ab \ncd", "; delsp=yes", "abcd"),
    ],
)
def test_flowing_lines_are_joined(text, options, joined):
    found = mail(f"Content-Type: text/plain; format=flowed{options}", "", text).text
    assert found == f"From: Ann <ann@example.org>\n\n{joined}\n"


def test_parameters_that_do_not_fit_together_are_ignored():
    assert mail("Content-Type: text/plain; name*=a; name*0=b", "", "It froze.").text.endswith(
        "\n\nIt froze.\n"
    )


# --- limits -------------------------------------------------------------------------------------


def test_parts_and_messages_that_nest_too_deep_are_left_out_with_a_note():
    lines = []
    for depth in range(200):
        start = f"--B{depth}"
        lines += [f"Content-Type: multipart/mixed; boundary=B{depth}", "", start, "", f"L{depth}."]
        lines += [start]
    found = mail(*lines, "", "Innermost.")
    assert "\n\nL0.\n\nL1.\n\n" in found.text
    assert f"L{eml.MAX_DEPTH - 1}." in found.text
    assert f"L{eml.MAX_DEPTH}." not in found.text
    assert found.note == "parts more than 50 deep within each other are not read"
    forwards = [line for _ in range(200) for line in ("Content-Type: message/rfc822", "", "To: b")]
    assert mail(*forwards, "", "Innermost.").note == found.note


def test_tiny_parts_are_read_up_to_a_limit_with_a_note():
    found = mail("Content-Type: multipart/mixed; boundary=B", "", data=b"--B\n\nx\n" * 300_000)
    assert 1_000 < found.text.count("x\n") < 30_000
    assert found.note == "only its first 2,000 parts are read"


def test_huge_header_is_cut_with_a_note():
    found = mail("To: " + "Bo <bo@example.org>, " * 100_000, "", "It froze.")
    assert found.text.endswith("\n\nIt froze.\n")
    assert len(found.text) < 100_100
    assert found.note == "only 100,000 characters of its header To are read"


def test_comments_within_comments_of_a_sender():
    assert extract(Path("a.eml"), b"From: " + b"(," * 40_000 + b"\n\nIt froze.\n").author == ""


def test_long_attachments_are_read_up_to_a_limit_with_a_note():
    data = b"The ice broke.\n" * 200_000
    lines = [line for number in range(3) for line in attached(f"{number}.txt", data, "text/plain")]
    found = mail("Content-Type: multipart/mixed; boundary=B", "", *part("See it."), *lines)
    assert found.text.count("broke") == 200_000
    assert "Attachments: 0.txt, 1.txt, 2.txt\n\n## 0.txt\n\nThe" in found.text
    assert found.note == "of its attachments, which are long, not all are read"
