"""The error handler of all routes: each error becomes {"error": "a sentence"} with its status."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from index.errors import (
    EncoderMismatch,
    EngineFailed,
    FootnoteError,
    IndexBusy,
    IndexDamaged,
    IndexNotFound,
    StorageFailed,
)
from qa.chat.access.body import CLOSING, BodyStalled
from qa.chat.access.guard import UPLOAD_PATH
from qa.chat.access.public_errors import public_message
from qa.chat.access.public_paths import strip_folders
from qa.chat.access.response import RETRY_SECONDS
from qa.chat.ask.queue import Busy
from qa.chat.documents.jobs import TooManyJobs
from qa.chat.documents.uploads import UploadRefused, UploadTooLarge
from qa.history.records import NoSuchConversation

_AT_FAULT = (
    Busy,
    EncoderMismatch,
    EngineFailed,
    IndexBusy,
    IndexDamaged,
    IndexNotFound,
    StorageFailed,
)
"""Errors that are the server's, not those of a request."""

_STATUS = {
    NoSuchConversation: 404,
    BodyStalled: 408,
    UploadTooLarge: 413,
    UploadRefused: 400,
    TooManyJobs: 429,
}


def add_error_handler(server: FastAPI, folder: Path = Path()) -> None:
    """Make the routes of `server` answer with errors as JSON, without paths of this machine.

    `folder` is the folder of the index. A request that is wrong gets status 400. Where the server
    is at fault, because there is no index, or it cannot be read or is busy, the status is 503, with
    a Retry-After. At the route of the documents, 409 says that the index is in no state for the
    request, and messages name what is damaged: whoever changes documents may be able to repair it.
    """

    async def respond(request: Request, error: Exception) -> JSONResponse:
        at_documents = request.scope["path"] == UPLOAD_PATH
        if at_documents or not isinstance(error, FootnoteError):
            message = strip_folders(str(error), folder)
        else:
            message = public_message(error, folder)
        status = 409 if at_documents else 400
        status = next((_STATUS[kind] for kind in _STATUS if isinstance(error, kind)), status)
        headers = {"cache-control": "no-store"}
        if isinstance(error, _AT_FAULT):
            status = 503
            headers["retry-after"] = str(getattr(error, "retry_after", RETRY_SECONDS))
        if isinstance(error, BodyStalled):
            headers |= CLOSING
        return JSONResponse({"error": message}, status, headers=headers)

    async def name_parameters(request: Request, error: Exception) -> JSONResponse:
        wrong = error.errors() if isinstance(error, RequestValidationError) else ()
        sentences = [f"{one['loc'][-1]!r}: {one['msg']}." for one in wrong]
        return JSONResponse({"error": " ".join(sentences)}, 400)

    for kind in (FootnoteError, BodyStalled, UploadRefused, TooManyJobs):
        server.add_exception_handler(kind, respond)
    server.add_exception_handler(RequestValidationError, name_parameters)
