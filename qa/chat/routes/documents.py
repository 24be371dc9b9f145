"""The routes to the documents of the chat: JSON in and out, errors as {"error": "a sentence"}."""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from index.errors import FootnoteError
from qa.chat.documents.jobs import TooMany
from qa.chat.documents.manage import Record, Shelf
from qa.chat.documents.uploads import MOST_BYTES, Receiver, Refused, Upload, too_much

READ_ONLY = "The documents of this chat can be read, but not changed."


def router(shelf: Shelf, *, owner_of: Callable[[Request], str]) -> APIRouter:
    """Return the routes of a shelf; `owner_of` tells which browser a request comes from."""
    routes = APIRouter(prefix="/footnote")

    @routes.get("/documents")
    def documents() -> JSONResponse:
        return _told(shelf, lambda: JSONResponse(shelf.documents()))

    @routes.post("/documents")
    async def upload(request: Request) -> JSONResponse:
        return await _upload(shelf, request, owner_of(request))

    @routes.delete("/documents")
    def remove(request: Request) -> JSONResponse:
        ids = list(dict.fromkeys(request.query_params.getlist("id")))
        return _told(shelf, lambda: _remove(shelf, ids, owner_of(request)))

    @routes.get("/jobs")
    def jobs(request: Request) -> JSONResponse:
        owner = owner_of(request)
        found = [shelf.described_job(job, owner) for job in shelf.jobs.unfinished()]
        return JSONResponse({"jobs": found})

    @routes.get("/jobs/{job_id}")
    def job(request: Request, job_id: str) -> JSONResponse:
        found = shelf.jobs.find(job_id)
        if found is None:
            return _refused(404, "There is no such job, or it has ended long ago.")
        return JSONResponse(shelf.described_job(found, owner_of(request)))

    @routes.delete("/jobs/{job_id}")
    def cancel(request: Request, job_id: str) -> JSONResponse:
        return _cancel(shelf, job_id, owner_of(request))

    return routes


async def _upload(shelf: Shelf, request: Request, owner: str) -> JSONResponse:
    if shelf.read_only:
        return _refused(403, READ_ONLY)
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MOST_BYTES:
        return _refused(413, too_much())
    kind = request.headers.get("content-type", "")
    try:
        shelf.jobs.check_room(owner)
        receiver = await run_in_threadpool(Receiver, shelf.uploads, kind)
        try:
            async for data in request.stream():
                await run_in_threadpool(receiver.feed, data)
            uploads = receiver.finish()
            return await run_in_threadpool(_told, shelf, lambda: _take(shelf, uploads, owner))
        finally:
            receiver.discard()
    except Refused as reason:
        return _refused(400, str(reason))
    except TooMany as reason:
        return _refused(429, str(reason))
    except ClientDisconnect:
        return _refused(400, "The request broke off; nothing was taken.")
    except OSError as error:
        return _refused(409, f"The files cannot be kept: {error.strerror or 'the disk refuses'}.")


def _take(shelf: Shelf, uploads: list[Upload], owner: str) -> JSONResponse:
    job, files = shelf.take(uploads, owner)
    if job is not None:
        return JSONResponse({"job": job.id, "files": files}, 202)
    message = f"Nothing was taken. {_reasons(files)}" if files else "No files were sent."
    return JSONResponse({"error": message, "job": None, "files": files}, 422)


def _remove(shelf: Shelf, ids: list[str], owner: str) -> JSONResponse:
    if shelf.read_only:
        return _refused(403, READ_ONLY)
    if not ids:
        return _refused(422, "No document is named; give its id.")
    try:
        job, files = shelf.remove(ids, owner)
    except KeyError as error:
        return _refused(404, f"There is no document {error.args[0]!r}; it may be gone already.")
    except TooMany as reason:
        return _refused(429, str(reason))
    if job is not None:
        return JSONResponse({"job": job.id, "files": files}, 202)
    message = f"Nothing was begun. {_reasons(files)}"
    return JSONResponse({"error": message, "job": None, "files": files}, 409)


def _cancel(shelf: Shelf, job_id: str, owner: str) -> JSONResponse:
    job = shelf.jobs.find(job_id)
    if job is None:
        return _refused(404, "There is no such job, or it has ended long ago.")
    if not job.belongs_to(owner):
        return _refused(403, "Only the browser that began this can cancel it.")
    if not shelf.jobs.cancel(job):
        return _refused(409, "This has ended already.")
    return JSONResponse(shelf.described_job(job, owner), 202)


def _told(shelf: Shelf, action: Callable[[], JSONResponse]) -> JSONResponse:
    """Return what an action returns, or in a sentence why it could not be done."""
    try:
        return action()
    except FootnoteError as error:
        return _refused(409, shelf.told(str(error)))


def _reasons(files: list[Record]) -> str:
    """Return why files are refused, the first of them."""
    return "; ".join(f"{file['name']}: {file['reason']}" for file in files[:5])


def _refused(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status)
