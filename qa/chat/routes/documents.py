"""Routes for the documents of the chat and the jobs that change them: JSON in and out.

What the routes do is in `documents.manage`; the errors that they raise are answered by `errors`.
"""

from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from qa.chat.documents.manage import DocumentStore, Record
from qa.chat.documents.uploads import MAX_REQUEST_BYTES, Receiver, Upload, UploadTooLarge

READ_ONLY = "This chat is read-only: its documents cannot be changed."


def router(store: DocumentStore, *, get_owner: Callable[[Request], str]) -> APIRouter:
    """Return the routes of a document store; `get_owner` identifies the browser of a request."""
    routes = APIRouter(prefix="/footnote")

    @routes.get("/documents")
    def documents() -> JSONResponse:
        return JSONResponse(store.documents())

    @routes.post("/documents")
    async def upload(request: Request) -> JSONResponse:
        return await _receive_upload(store, request, get_owner(request))

    @routes.delete("/documents")
    def remove(request: Request) -> JSONResponse:
        ids = list(dict.fromkeys(request.query_params.getlist("id")))
        return _start_removal(store, ids, get_owner(request))

    @routes.get("/jobs")
    def jobs(request: Request) -> JSONResponse:
        owner = get_owner(request)
        unfinished = [store.describe_job(job, owner) for job in store.jobs.unfinished()]
        return JSONResponse({"jobs": unfinished})

    @routes.get("/jobs/{job_id}")
    def job(request: Request, job_id: str) -> JSONResponse:
        found = store.jobs.find(job_id)
        if found is None:
            return _error(404, NO_JOB)
        return JSONResponse(store.describe_job(found, get_owner(request)))

    @routes.delete("/jobs/{job_id}")
    def cancel(request: Request, job_id: str) -> JSONResponse:
        return _cancel_job(store, job_id, get_owner(request))

    return routes


async def _receive_upload(store: DocumentStore, request: Request, owner: str) -> JSONResponse:
    """Stream the files of a request to disk, outside the event loop, and start to index them."""
    if store.read_only:
        return _error(403, READ_ONLY)
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > MAX_REQUEST_BYTES:
        raise UploadTooLarge
    content_type = request.headers.get("content-type", "")
    try:
        await run_in_threadpool(store.check_ready, owner)
        receiver = await run_in_threadpool(Receiver, store.uploads, content_type)
        try:
            async for data in request.stream():
                await run_in_threadpool(receiver.feed, data)
            return await run_in_threadpool(_start_indexing, store, receiver.finish(), owner)
        finally:
            receiver.discard()
    except ClientDisconnect:
        return _error(400, "The connection was closed during the upload; no file was added.")
    except OSError as error:
        return _error(409, f"The files cannot be saved: {error.strerror or 'disk error'}.")


def _start_indexing(store: DocumentStore, uploads: list[Upload], owner: str) -> JSONResponse:
    job, files = store.add(uploads, owner)
    if job is not None:
        return JSONResponse({"job": job.id, "files": files}, 202)
    message = f"No file was added. {_join_reasons(files)}" if files else "No files were sent."
    return JSONResponse({"error": message, "job": None, "files": files}, 422)


def _start_removal(store: DocumentStore, ids: list[str], owner: str) -> JSONResponse:
    if store.read_only:
        return _error(403, READ_ONLY)
    if not ids:
        return _error(422, "No document was named. Send its id: ?id=…")
    try:
        job, files = store.remove(ids, owner)
    except KeyError as error:
        return _error(404, f"There is no document {error.args[0]!r}; it may be removed already.")
    if job is not None:
        return JSONResponse({"job": job.id, "files": files}, 202)
    message = f"No document was removed. {_join_reasons(files)}"
    return JSONResponse({"error": message, "job": None, "files": files}, 409)


def _cancel_job(store: DocumentStore, job_id: str, owner: str) -> JSONResponse:
    job = store.jobs.find(job_id)
    if job is None:
        return _error(404, NO_JOB)
    if not job.belongs_to(owner):
        return _error(403, "Only the browser that started this job can cancel it.")
    if not store.jobs.cancel(job):
        return _error(409, "This job has already ended.")
    return JSONResponse(store.describe_job(job, owner), 202)


def _join_reasons(files: list[Record]) -> str:
    """Return why files were refused, for the first five."""
    return "; ".join(f"{file['name']}: {file['reason']}" for file in files[:5])


def _error(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status)


NO_JOB = "There is no such job, or it ended long ago."
