"""The routes by which the page reads a document; every parameter is checked."""

import io

import pytest
from makings import WordEncoder, write_files
from reportlab.pdfgen.canvas import Canvas

import index
from index.errors import IndexNotFound
from index.pages.renderer import PageRenderer
from qa.chat.routes.errors import add_error_handler
from qa.chat.routes.source import router

LOG = "# Log\n\nIt **froze** in May.\n"


def printed(*lines):
    """Return a PDF with a line on each page, 200 points wide and 100 high."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(200, 100))
    for line in lines:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(20, 50, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("reading")
    files = {"log.md": LOG, "a/long #1?&.txt": "The ship left.\n\n" * 5_000}
    files |= {"ice.pdf": printed("The log", "It froze in May.", "The end")}
    files |= {"gone.pdf": printed("It thawed.")}
    index.build([write_files(home / "docs", files)], index=home / "i", encoder=WordEncoder())
    (home / "docs" / "gone.pdf").write_bytes(printed("It was altered."))
    return home / "i"


def client_of(open_generation, pages=None):
    from fastapi import FastAPI
    from starlette.testclient import TestClient

    server = FastAPI()
    add_error_handler(server)
    server.include_router(router(open_generation, pages))
    return TestClient(server)


@pytest.fixture(scope="module")
def client(folder):
    with PageRenderer() as pages, client_of(lambda: index.open_index(folder), pages) as opened:
        yield opened


def test_the_view_of_a_document(client):
    asked = {"document": "log.md", "start": 7, "end": 26, "answer_start": 12, "answer_end": 17}
    response = client.get("/footnote/source", params=asked)
    assert response.status_code == 200
    view = response.json()
    assert (view["title"], view["from"], view["to"], view["length"]) == ("Log", 0, 28, 28)
    assert [part["mark"] for part in view["blocks"][1]["parts"]] == [
        *("cited", "answer", "cited", None)
    ]


def test_the_cited_text_of_a_document_that_changed_or_was_removed(tmp_path):
    def build(files, **more):
        write_files(tmp_path / "docs", files)
        index.build([tmp_path / "docs"], index=tmp_path / "i", encoder=WordEncoder(), **more)

    def view(path="source", **more):
        return reader.get(f"/footnote/{path}", params={**asked, **more}).json()

    def words(found):
        return [part["text"] for block in found["blocks"] for part in block["parts"]]

    other = {"other.txt": "Other words."}
    build({"a/log.md": LOG, **other})
    document = index.open_index(tmp_path / "i").document_by_id("a/log.md")
    asked = {"document": document.id, "start": 7, "end": 26, "sha256": document.sha256}
    with client_of(lambda: index.open_index(tmp_path / "i")) as reader:
        assert view()["kept"] == ""
        build({"a/log.md": "# Log\n\nNothing froze in the whole of May.\n"})
        assert (view()["kept"], words(view())[1:3]) == ("changed", ["It ", "froze"])
        assert "Nothing" in words(view(sha256=""))[1]
        assert view("pages")["error"].startswith("The pages of this document are no longer")
        index.remove(["a/log.md"], index=tmp_path / "i", encoder=WordEncoder())
        kept = view()
        assert (kept["kept"], kept["title"], kept["id"]) == ("removed", "log.md", "a/log.md")
        assert [part["mark"] for part in kept["blocks"][1]["parts"]][:2] == ["cited", "cited"]
        assert view("quote")["quote"][1] == "It froze in May"
        assert view("source/find", query="froze")["found"] == [[12, 17]]
        assert words(view("source/blocks", **{"from": 7}))[:2] == ["It ", "froze"]
        assert view(sha256="0" * 64)["error"].startswith("This document is no longer in the index")
        build({"b/moved.md": LOG})
        assert (view()["kept"], view()["id"]) == ("", "b/moved.md")
        (tmp_path / "docs" / "b" / "moved.md").unlink()
        (tmp_path / "docs" / "a" / "log.md").unlink()
        build({}, prune=True)
        assert view()["error"].startswith("This document is no longer in the index")


def test_more_of_a_document(client):
    asked = {"document": "a/long #1?&.txt", "start": 16, "end": 20}
    view = client.get("/footnote/source", params=asked).json()
    below = client.get("/footnote/source/blocks", params={**asked, "from": view["to"]}).json()
    assert below["from"] == view["to"] < below["to"]
    above = client.get("/footnote/source/blocks", params={**asked, "to": view["to"]}).json()
    assert (above["from"], above["to"]) == (0, view["to"])
    assert above["blocks"][1]["parts"][0] == {"text": "The ", "start": 16, "mark": "cited"}
    between = client.get("/footnote/source/blocks", params={**asked, "from": 32, "to": 48}).json()
    assert (between["from"], between["to"], len(between["blocks"])) == (32, 48, 1)
    near = client.get("/footnote/source/blocks", params={**asked, "near": 60_000}).json()
    assert 40_000 < near["from"] < 60_000 < near["to"] < 80_000


def test_words_are_found(client):
    found = client.get("/footnote/source/find", params={"document": "log.md", "query": "FROZE"})
    assert found.json() == {"found": [[12, 17]], "more": False}
    asked = {"document": "a/long #1?&.txt", "query": "ship\u00a0left"}
    found = client.get("/footnote/source/find", params=asked).json()
    assert (len(found["found"]), found["found"][1], found["more"]) == (1000, [20, 29], True)
    asked["query"] = ""
    assert client.get("/footnote/source/find", params=asked).json() == {"found": [], "more": False}


def test_the_pages_of_a_pdf_and_the_marks_on_them(client):
    asked = {"document": "ice.pdf", "start": 0, "end": 0}
    view = client.get("/footnote/source", params={**asked, "end": 5}).json()
    assert (view["type"], view["pages"], view["page"]) == ("application/pdf", 3, 1)
    found = client.get("/footnote/source/find", params={**asked, "query": "it froze in may"})
    start, end = found.json()["found"][0]
    asked |= {"start": start, "end": end, "answer_start": end - 4, "answer_end": end - 1}
    pages = client.get("/footnote/pages", params=asked).json()
    assert pages["sizes"] == [[200, 100]] * 3
    assert [(mark["page"], mark["kind"]) for mark in pages["marks"]] == [
        (2, "cited"),
        (2, "answer"),
    ]
    cited, answer = (mark["box"] for mark in pages["marks"])
    assert cited[0] == pytest.approx(0.1, abs=0.005)
    assert answer[0] > cited[0] + cited[2] / 2
    assert answer[0] + answer[2] < cited[0] + cited[2]
    bare = client.get("/footnote/pages", params={"document": "ice.pdf"}).json()
    assert bare == {"sizes": [[200, 100]] * 3, "marks": []}


def test_a_page_is_a_picture_that_the_browser_may_keep(client):
    asked = {"document": "ice.pdf", "width": 400}
    picture = client.get("/footnote/pages/2.png", params=asked)
    assert picture.status_code == 200
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "private, no-cache"
    assert picture.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(picture.content[16:20], "big") == 400
    kept = {"If-None-Match": picture.headers["etag"]}
    again = client.get("/footnote/pages/2.png", params=asked, headers=kept)
    assert (again.status_code, again.content) == (304, b"")
    other = client.get("/footnote/pages/2.png", params={**asked, "width": 401}, headers=kept)
    assert other.status_code == 200


@pytest.mark.parametrize(
    ("path", "asked", "said"),
    [
        ("source", {}, '"start" is missing'),
        ("source", {"document": "log.md", "start": 0}, '"end" is missing'),
        ("source", {"document": "log.md", "start": "x", "end": 5}, '"start" is not a whole number'),
        ("source", {"document": "log.md", "start": -1, "end": 5}, '"start" is not a whole number'),
        (
            "source",
            {"document": "log.md", "start": "\uff11", "end": 5},
            '"start" is not a whole number',
        ),
        ("source", {"document": "log.md", "start": 0, "end": 10**12}, '"end" is not a whole'),
        (
            "source",
            {"document": "log.md", "start": 0, "end": 29},
            "The document has changed since this",
        ),
        ("source", {"document": "/etc/passwd", "start": 0, "end": 5}, "This document is no longer"),
        (
            "source",
            {"document": "log.md", "start": 0, "end": 5, "answer_start": 1},
            '"answer_end" is missing',
        ),
        (
            "source",
            {"document": "log.md", "start": 0, "end": 5, "answer_start": 1, "answer_end": 6},
            "The answer lies outside the cited passage",
        ),
        ("source/blocks", {"document": "log.md"}, "The range of the text is missing"),
        ("source/blocks", {"document": "log.md", "from": "1e3"}, '"from" is not a whole number'),
        ("source/blocks", {"document": "log.md", "from": 0, "start": 3}, '"end" is missing'),
        ("source/find", {"document": "log.md"}, '"query" is missing'),
        (
            "source/find",
            {"document": "log.md", "query": "x" * 201},
            "The search text is too long; enter at most 200",
        ),
        ("source/find", {"document": "\0", "query": "x"}, "This document is no longer"),
        ("pages", {"document": "log.md"}, "Only the pages of a PDF can be shown"),
        ("pages", {"document": "nothing.pdf"}, "This document is no longer"),
        ("pages", {"document": "gone.pdf"}, "The file of this document was moved or"),
        (
            "pages",
            {"document": "ice.pdf", "start": 0, "end": 999},
            "The document has changed since this",
        ),
        ("pages/1.png", {"document": "ice.pdf"}, '"width" is missing'),
        ("pages/1.png", {"document": "ice.pdf", "width": 5000}, "A page can be shown 200 to 2000"),
        ("pages/0.png", {"document": "ice.pdf", "width": 300}, "There is no page 0"),
        ("pages/4.png", {"document": "ice.pdf", "width": 300}, "There is no page 4"),
        ("pages/x.png", {"document": "ice.pdf", "width": 300}, '"page" is not a whole number'),
        ("pages/1.png", {"document": "log.md", "width": 300}, "Only the pages of a PDF can be"),
        ("pages/1.png", {"document": "gone.pdf", "width": 300}, "The file of this document was"),
    ],
)
def test_unanswerable_requests_get_a_message(client, path, asked, said):
    response = client.get(f"/footnote/{path}", params=asked)
    assert response.status_code == 400
    assert list(response.json()) == ["error"]
    assert response.json()["error"].startswith(said)


def test_no_path_is_revealed_without_an_index(tmp_path):
    def closed():
        raise IndexNotFound(f"There is no index in {tmp_path}.")

    with client_of(closed) as opened:
        response = opened.get("/footnote/source", params={"document": "a", "start": 0, "end": 5})
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert str(tmp_path) not in response.text
    assert response.json()["error"].startswith("The index cannot be opened.")
