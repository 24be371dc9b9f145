"""Pages of a PDF as pictures, and the positions of a document's words on them."""

import hashlib
import io
import os
import threading
import time
import zipfile
from pathlib import Path

import pytest
from makings import WordEncoder, write_files
from PIL import Image
from reportlab.pdfbase.pdfmetrics import getAscentDescent, stringWidth
from reportlab.pdfgen.canvas import Canvas

import index
from index.errors import FootnoteError
from index.extract.pdf.pdf import read_pdf
from index.manifest import Entry
from index.pages import renderer
from index.pages.page import find_words, page_sizes

SIZE = (600, 800)


def make_pdf(*drawings, **options) -> bytes:
    """Return a PDF whose pages are drawn by these functions, in Helvetica of 12 points."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=SIZE, **options)
    for draw in drawings:
        canvas.setFont("Helvetica", 12)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def draw_text(*lines):
    """Return a function that draws lines at (x, y), points from the lower left corner."""

    def draw(canvas):
        for x, y, line in lines:
            canvas.drawString(x, y, line)

    return draw


def box_of(x, y, line, words):
    """Return the rectangle of words in a line that is drawn at (x, y)."""
    before = stringWidth(line[: line.index(words)], "Helvetica", 12)
    ascent, descent = getAscentDescent("Helvetica", 12)
    left, top = x + before, SIZE[1] - y - ascent
    width = stringWidth(words, "Helvetica", 12)
    return [n / SIZE[i % 2] for i, n in enumerate((left, top, width, ascent - descent))]


def boxes_match(boxes, expected):
    """Whether rectangles are as expected, to a quarter of a letter."""
    return len(boxes) == len(expected) and all(
        box == pytest.approx(one, abs=0.005) for box, one in zip(boxes, expected, strict=True)
    )


def find_quotes(data, *quotes, nth=0):
    """Return the boxes of quotes from the text of a PDF, each with its page."""
    import pypdfium2

    extract = read_pdf(data)
    limits = [*extract.page_starts[1:], len(extract.text)]
    boxes = []
    with pypdfium2.PdfDocument(data) as pdf:
        for quote in quotes:
            start = -1
            for _ in range(nth + 1):
                start = extract.text.index(quote, start + 1)
            end = start + len(quote)
            for number, (first, last) in enumerate(zip(extract.page_starts, limits, strict=True)):
                if first < end and start < last:
                    span = (max(start, first) - first, min(end, last) - first)
                    boxes += [
                        (number, list(box))
                        for box in find_words(pdf[number], extract.text[first:last], *span)
                    ]
    return boxes


# --- positions of words -------------------------------------------------------------------------

LINE = "The ship left the harbour."


def test_words_are_found_where_they_were_drawn():
    data = make_pdf(
        draw_text((72, 700, LINE), (72, 680, "It froze in May."), (72, 660, "All of it."))
    )
    assert boxes_match(
        [box for _, box in find_quotes(data, "ship")], [box_of(72, 700, LINE, "ship")]
    )
    quote = "harbour.\nIt froze in May.\nAll"
    assert boxes_match(
        [box for _, box in find_quotes(data, quote)],
        [
            box_of(72, 700, LINE, "harbour."),
            box_of(72, 680, "It froze in May.", "It froze in May."),
            box_of(72, 660, "All of it.", "All"),
        ],
    )


def test_a_word_that_was_hyphenated_is_found_in_both_lines():
    data = make_pdf(
        draw_text((72, 700, "It was interna-"), (72, 686, "tional then."), (72, 672, "Yes"))
    )
    assert "international" in read_pdf(data).text
    boxes = [box for _, box in find_quotes(data, "international")]
    assert boxes_match(
        boxes,
        [box_of(72, 700, "It was interna-", "interna"), box_of(72, 686, "tional", "tional")],
    )


def test_columns_are_rectangles_of_their_own():
    left = [(60, 700 - 14 * n, f"left line number {n} of it") for n in range(3)]
    right = [(330, 700 - 14 * n, f"right line number {n} of it") for n in range(3)]
    data = make_pdf(draw_text(*left, *right))
    text = read_pdf(data).text
    quote = text[text.index("2 of it") : text.index("right line number 0") + 10]
    assert boxes_match(
        [box for _, box in find_quotes(data, quote)],
        [box_of(60, 672, left[2][2], "2 of it"), box_of(330, 700, right[0][2], "right line")],
    )


def test_of_several_occurrences_the_cited_one_is_found():
    lines = [(72, 700 - 14 * n, f"The cat number {n} and the cat") for n in range(5)]
    data = make_pdf(draw_text(*lines))
    for nth in range(10):
        ((_, box),) = find_quotes(data, "he cat", nth=nth)
        x, y, line = lines[nth // 2]
        expected = box_of(x, y, line, "he cat")
        if nth % 2:
            before = stringWidth(line[: line.rindex("he cat")], "Helvetica", 12)
            expected[0] = (x + before) / SIZE[0]
        assert box == pytest.approx(expected, abs=0.005)


def test_running_lines_that_the_text_lacks_do_not_mislead():
    words = ("crew", "ship", "ice", "wind", "dawn", "frost", "anchor", "sail", "rope", "storm")
    inner = "the harbour log left"

    def page(number):
        log = [
            (72, 700 - 14 * n, f"{words[(n + number) % 10]} {word}") for n, word in enumerate(words)
        ]
        return draw_text((72, 770, "harbour log"), *log[:6], (72, 500, inner), *log[6:])

    data = make_pdf(*(page(number) for number in range(1, 7)))
    text = read_pdf(data).text
    assert text.count("harbour log") == 7
    for nth in range(1, 7):
        ((number, box),) = find_quotes(data, "harbour log", nth=nth)
        assert number == nth - 1
        assert boxes_match([box], [box_of(72, 500, inner, "harbour log")])


def test_words_are_found_below_lines_that_the_text_lacks():
    import pypdfium2

    header, line = "It is a long line that stands on each page", "cat cat cat cat cat cat cat"
    data = make_pdf(draw_text((72, 770, header), (72, 700, line)))
    with pypdfium2.PdfDocument(data) as pdf:
        for number in range(7):
            (box,) = find_words(pdf[0], line, number * 4, number * 4 + 3)
            expected = box_of(72, 700, line, "cat")
            expected[0] += stringWidth(line[: number * 4], "Helvetica", 12) / SIZE[0]
            assert boxes_match([list(box)], [expected])


def test_a_quotation_over_the_end_of_a_page_is_marked_on_both():
    data = make_pdf(draw_text((72, 100, "It was interna-")), draw_text((72, 700, "tional in May.")))
    assert "international in" in read_pdf(data).text
    (first, one), (second, two) = find_quotes(data, "was international")
    assert (first, second) == (0, 1)
    assert boxes_match([one], [box_of(72, 100, "It was interna-", "was interna")])
    assert boxes_match([two], [box_of(72, 700, "tional in May.", "tional")])


def test_accents_are_found_however_they_are_written():
    data = make_pdf(draw_text((72, 700, "Le café fermé.")))
    assert boxes_match(
        [b for _, b in find_quotes(data, "café")], [box_of(72, 700, "Le café fermé.", "café")]
    )


# --- turned and cropped pages: the rectangle is where the ink is --------------------------------


def turn(canvas, angle):
    canvas.setPageRotation(angle)


def ink(picture: bytes) -> list[float]:
    """Return the rectangle around all that is not white, in fractions of a picture."""
    image = Image.open(io.BytesIO(picture)).convert("L")
    left, top, right, bottom = image.point(lambda grey: 255 if grey < 128 else 0).getbbox()
    width, height = image.size
    return [left / width, top / height, (right - left) / width, (bottom - top) / height]


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (40, 60, 540, 500)])
@pytest.mark.parametrize("slant", [0, 90, 180, 270])
def test_the_rectangle_is_where_the_words_are_seen(angle, crop, slant):
    import pypdfium2

    from index.pages.page import draw_page

    def draw(canvas):
        canvas.setPageRotation(angle)
        if crop:
            canvas.setCropBox(crop)
        canvas.translate(300, 300)
        canvas.rotate(slant)
        canvas.drawString(0, 0, "HHH HHH")

    with pypdfium2.PdfDocument(make_pdf(draw)) as pdf:
        page = pdf[0]
        (box,) = find_words(page, "HHH HHH", 0, 7)
        seen = ink(draw_page(page, 1000))
        (across, down), picture = page_sizes(pdf)[0], Image.open(io.BytesIO(draw_page(page, 1000)))
    assert picture.width == 1000
    assert picture.height == pytest.approx(1000 * down / across, abs=1)
    assert box[0] <= seen[0] + 0.003
    assert box[1] <= seen[1] + 0.003
    assert box[0] + box[2] >= seen[0] + seen[2] - 0.003
    assert box[1] + box[3] >= seen[1] + seen[3] - 0.003
    # It is larger than the ink only by what a line is higher than its capitals.
    assert box[2] * across * box[3] * down < 2.2 * seen[2] * across * seen[3] * down


def test_sizes_are_those_of_the_pages_as_shown():
    import pypdfium2

    def small(canvas):
        canvas.setPageSize((200, 100))

    def cropped(canvas):
        canvas.setPageSize(SIZE)
        canvas.setCropBox((0, 100, 300, 200))

    data = make_pdf(draw_text((72, 700, "a")), small, cropped)
    with pypdfium2.PdfDocument(data) as pdf:
        assert page_sizes(pdf) == [(600, 800), (200, 100), (300, 100)]


# --- documents ----------------------------------------------------------------------------------


def build_index(folder, files):
    write_files(folder / "docs", files)
    index.build([folder / "docs"], index=folder / "index", encoder=WordEncoder())
    return index.open_index(folder / "index")


@pytest.fixture(scope="module")
def drawer():
    with renderer.PageRenderer() as opened:
        yield opened


@pytest.fixture
def fresh():
    """A renderer with a process of its own, for a test that alters or ends it."""
    with renderer.PageRenderer() as opened:
        yield opened


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """An index of a PDF, the same in an archive, one of 500 pages, and a text."""
    folder = tmp_path_factory.mktemp("pages")
    log = make_pdf(draw_text((72, 700, LINE)), draw_text((72, 690, "It froze in May.")))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("in/log.pdf", make_pdf(draw_text((72, 500, LINE))))
        file.writestr("other.txt", "The cat.")
    many = make_pdf(*(draw_text((72, 700, f"Page number {n} is here")) for n in range(500)))
    files = {"log.pdf": log, "all.zip": archive.getvalue(), "many.pdf": many, "a.txt": "The dog."}
    printed = Path(__file__).parents[2] / "files" / "printed.pdf"
    files["printed.pdf"] = printed.read_bytes()
    return build_index(folder, files)


def find_marks(drawer, shelf, document_id, quote):
    document = shelf.document_by_id(document_id)
    start = document.text.index(quote)
    return drawer.find_on_pages(shelf.entry(document_id), document, start, start + len(quote))


def size_of(picture):
    image = Image.open(io.BytesIO(picture))
    assert image.format == "PNG"
    return image.size


def test_pages_are_drawn_in_a_process_that_stays(fresh, shelf):
    entry = shelf.entry("log.pdf")
    assert fresh.page_sizes(entry) == [SIZE, SIZE]
    process = fresh._process
    assert size_of(fresh.render_page(entry, 2, 300)) == (300, 400)
    assert ink(fresh.render_page(entry, 1, 2000))[1] == pytest.approx(0.115, abs=0.01)
    (mark,) = find_marks(fresh, shelf, "log.pdf", "froze")
    assert mark.page == 2
    assert boxes_match([list(mark.box)], [box_of(72, 690, "It froze in May.", "froze")])
    assert fresh._process is process
    fresh.close()
    assert process.poll() is not None


def test_a_range_is_marked_on_all_its_pages(drawer, shelf):
    found = find_marks(drawer, shelf, "log.pdf", "harbour.\n\nIt froze")
    assert [mark.page for mark in found] == [1, 2]
    assert boxes_match([list(found[0].box)], [box_of(72, 700, LINE, "harbour.")])
    assert boxes_match([list(found[1].box)], [box_of(72, 690, "It froze in May.", "It froze")])


def test_a_pdf_in_an_archive_is_drawn(drawer, shelf):
    entry = shelf.entry("all.zip/in/log.pdf")
    assert size_of(drawer.render_page(entry, 1, 300)) == (300, 400)
    (mark,) = find_marks(drawer, shelf, "all.zip/in/log.pdf", "ship")
    assert boxes_match([list(mark.box)], [box_of(72, 500, LINE, "ship")])


def test_a_file_is_sent_once(fresh, shelf, monkeypatch):
    sent = []
    real = renderer.write_request
    monkeypatch.setattr(
        renderer,
        "write_request",
        lambda process, data: (sent.append(len(data)), real(process, data)),
    )
    entry = shelf.entry("many.pdf")
    for number in (1, 2, 3):
        fresh.render_page(entry, number, 200)
    assert sum(length > entry.size for length in sent) == 1
    others = [shelf.entry(name) for name in ("log.pdf", "all.zip/in/log.pdf", "printed.pdf")]
    for other in others:
        fresh.render_page(other, 1, 200)
    fresh.render_page(entry, 4, 200)
    assert sum(length > entry.size for length in sent) == 1


def test_no_more_than_the_last_documents_are_kept(fresh, shelf, monkeypatch):
    program = (
        "from index.pages import process; process.MAX_OPEN_DOCUMENTS = 1; process.serve_pages()"
    )
    monkeypatch.setattr(renderer, "_RENDER_PROGRAM", program)
    for _ in range(2):
        for name in ("log.pdf", "printed.pdf"):
            assert size_of(fresh.render_page(shelf.entry(name), 1, 200))[0] == 200


def test_sizes_of_five_hundred_pages_are_returned_within_a_second(drawer, shelf):
    entry = shelf.entry("many.pdf")
    drawer.render_page(entry, 1, 200)
    began = time.perf_counter()
    assert drawer.page_sizes(entry) == [SIZE] * 500
    assert time.perf_counter() - began < 1  # 10 ms, on a machine with nothing else to do.
    (mark,) = find_marks(drawer, shelf, "many.pdf", "number 321 is")
    assert mark.page == 322


def test_words_of_a_page_that_a_browser_printed_are_found(drawer, shelf):
    document = shelf.document_by_id("printed.pdf")
    pictures = {}
    starts = [*document.page_starts, len(document.text)]
    for number in range(1, len(starts)):
        text = document.text[starts[number - 1] : starts[number]]
        words = [word for word in text.split() if len(word) > 6][::5]
        assert words
        for word in words:
            at = starts[number - 1] + text.index(word)
            found = drawer.find_on_pages(shelf.entry("printed.pdf"), document, at, at + len(word))
            assert {mark.page for mark in found} == {number}
            if number not in pictures:
                picture = drawer.render_page(shelf.entry("printed.pdf"), number, 1000)
                pictures[number] = Image.open(io.BytesIO(picture)).convert("L")
            for mark in found:
                assert has_ink(pictures[number], mark.box)


def has_ink(image, box):
    width, height = image.size
    left, top = box[0] * width, box[1] * height
    piece = image.crop((left, top, left + box[2] * width, top + box[3] * height))
    return piece.getextrema()[0] < 160


@pytest.mark.parametrize(
    ("document_id", "number", "width", "message"),
    [
        ("log.pdf", 0, 300, "There is no page 0; this document has 2."),
        ("log.pdf", 3, 300, "There is no page 3; this document has 2."),
        ("log.pdf", 1, 199, "A page can be shown 200 to 2000 pixels wide, not 199."),
        ("log.pdf", 1, 2001, "A page can be shown 200 to 2000 pixels wide, not 2001."),
        (
            "a.txt",
            1,
            300,
            "Only the pages of a PDF can be shown; this document is not a PDF.",
        ),
    ],
)
def test_invalid_requests_are_refused(drawer, shelf, document_id, number, width, message):
    with pytest.raises(FootnoteError) as caught:
        drawer.render_page(shelf.entry(document_id), number, width)
    assert str(caught.value) == message


def test_a_page_of_any_shape_is_a_picture_of_bounded_size(drawer, tmp_path):
    def strip(canvas):
        canvas.setPageSize((10, 14_000))
        canvas.drawString(0, 7000, "A strip")

    generation = build_index(tmp_path, {"strip.pdf": make_pdf(strip)})
    width, height = size_of(drawer.render_page(generation.entry("strip.pdf"), 1, 2000))
    assert width * height < 17_000_000


# --- files that are no longer what was indexed --------------------------------------------------


def refusal_message(drawer, entry):
    with pytest.raises(FootnoteError) as caught:
        drawer.render_page(entry, 1, 300)
    with pytest.raises(FootnoteError) as again:
        drawer.page_sizes(entry)
    assert str(again.value) == str(caught.value)
    return str(caught.value)


def test_a_missing_or_changed_file_is_not_shown(drawer, tmp_path):
    log = make_pdf(draw_text((72, 700, LINE)))
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("in.pdf", make_pdf(draw_text((72, 600, LINE))))
    generation = build_index(tmp_path, {"log.pdf": log, "all.zip": archive.getvalue()})
    file, entry = tmp_path / "docs" / "log.pdf", generation.entry("log.pdf")
    drawer.render_page(entry, 1, 300)
    file.write_bytes(make_pdf(draw_text((72, 500, LINE))))
    assert refusal_message(drawer, entry) == renderer.FILE_CHANGED
    file.write_bytes(log)
    drawer.render_page(entry, 1, 300)
    file.unlink()
    assert refusal_message(drawer, entry) == renderer.FILE_CHANGED
    os.mkfifo(file)
    assert refusal_message(drawer, entry) == renderer.FILE_CHANGED
    inner = generation.entry("all.zip/in.pdf")
    drawer.render_page(inner, 1, 300)
    for other in (b"", b"rubbish"):
        (tmp_path / "docs" / "all.zip").write_bytes(other)
        assert refusal_message(drawer, inner) == renderer.FILE_CHANGED
    with zipfile.ZipFile(tmp_path / "docs" / "all.zip", "w") as archive_file:
        archive_file.writestr("other.pdf", log)
    assert refusal_message(drawer, inner) == renderer.FILE_CHANGED


# --- pages that bring their process down --------------------------------------------------------


def make_process_misbehave(monkeypatch, body):
    """Make the process draw wide pages with this code, as PDFium could behave."""
    program = "\n".join(
        [
            "import os, time",
            "from index.pages import process",
            "real = process.draw_page",
            "def misbehave(page, width):",
            "    if page.get_size()[0] > 600:",
            f"        {body}",
            "    return real(page, width)",
            "process.draw_page = misbehave",
            "process.serve_pages()",
        ]
    )
    monkeypatch.setattr(renderer, "_RENDER_PROGRAM", program)
    monkeypatch.setattr(renderer, "PAGE_TIME_LIMIT", 2)


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    def page(canvas):
        canvas.setPageSize((700, 800))
        canvas.drawString(72, 700, "Wide")

    data = make_pdf(draw_text((72, 700, LINE)), *[page] * 9)
    return build_index(tmp_path_factory.mktemp("wide"), {"wide.pdf": data}).entry("wide.pdf")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("time.sleep(60)", "drawing it takes longer than 2 seconds"),
        ("while True: pass", "drawing it takes longer than 2 seconds"),
        ("bytearray(64 << 30)", "drawing it needs too much memory"),
        ("os.abort()", "the program that draws it crashed"),
        ("raise RuntimeError('odd')", "the program that draws it crashed"),
        ("print('{}'); os.write(1, b'{}\\n'); os._exit(0)", "the program that draws it crashed"),
    ],
)
def test_a_page_that_misbehaves_costs_only_itself(monkeypatch, fresh, wide, body, reason):
    make_process_misbehave(monkeypatch, body)
    with pytest.raises(FootnoteError, match=f"^This page cannot be shown: {reason}"):
        fresh.render_page(wide, 2, 300)
    assert size_of(fresh.render_page(wide, 1, 300)) == (300, 400)


def endless_pdf() -> bytes:
    """Return a PDF that draws a form twelve times, which draws a form twelve times, and so on."""

    def stream(keys, content):
        return b"<<%s/Length %d>>stream\n%s\nendstream" % (keys, len(content), content)

    forms = [
        stream(
            b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</A %d 0 R>>>>"
            % (number + 6),
            b"/A Do\n" * 12,
        )
        for number in range(9)
    ]
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R"
        b"/Resources<</XObject<</A 5 0 R>>>>>>",
        stream(b"", b"/A Do\n" * 12),
        *forms,
        stream(b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]", b"0 0 9 9 re f"),
    ]
    whole, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return (
        b"%sxref\n0 %d\n0000000000 65535 f \n%strailer<</Root 1 0 R/Size %d>>\n"
        b"startxref\n%d\n%%%%EOF" % (whole, size, table, size, len(whole))
    )


def test_a_page_that_pdfium_never_ends_to_draw_is_given_up(monkeypatch, fresh, wide, tmp_path):
    monkeypatch.setattr(renderer, "PAGE_TIME_LIMIT", 2)
    file, data = tmp_path / "endless.pdf", endless_pdf()
    file.write_bytes(data)
    sha256 = hashlib.sha256(data).hexdigest()
    entry = Entry("endless.pdf", "", str(file), "application/pdf", (0,), "", sha256, len(data))
    assert fresh.page_sizes(entry) == [(9, 9)]
    with pytest.raises(FootnoteError, match="drawing it takes longer than 2 seconds"):
        fresh.render_page(entry, 1, 300)
    assert size_of(fresh.render_page(wide, 1, 300)) == (300, 400)


def test_a_page_that_brought_its_process_down_is_not_drawn_again(monkeypatch, fresh, wide):
    make_process_misbehave(monkeypatch, "os.abort()")
    for number in range(2, 7):
        with pytest.raises(FootnoteError, match="the program that draws it crashed\\."):
            fresh.render_page(wide, number, 300)
        if number == 2:
            process = fresh._process
            with pytest.raises(FootnoteError, match="drawing it failed before"):
                fresh.render_page(wide, 2, 300)
            assert fresh._process is process
            assert fresh.render_page(wide, 1, 300)
    for number in (1, 8):
        with pytest.raises(FootnoteError, match="drawing it failed before"):
            fresh.render_page(wide, number, 300)


def test_a_process_that_ended_meanwhile_is_started_again(fresh, wide):
    fresh.render_page(wide, 1, 300)
    fresh._process.kill()
    fresh._process.wait()
    assert size_of(fresh.render_page(wide, 1, 300)) == (300, 400)


def test_several_threads_get_the_pages_that_they_asked_for(drawer, shelf):
    entries = [shelf.entry("log.pdf"), shelf.entry("many.pdf"), shelf.entry("printed.pdf")]
    alone = {(e.id, w): drawer.render_page(e, 1, w) for e in entries for w in (200, 250)}
    wrong = []

    def draw():
        for (name, width), expected in alone.items():
            if drawer.render_page(shelf.entry(name), 1, width) != expected:
                wrong.append((name, width))

    threads = [threading.Thread(target=draw) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
