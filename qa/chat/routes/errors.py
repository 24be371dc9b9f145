"""The error handler of all routes: each error becomes {"error": "a sentence"} with its status."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from index.errors import FootnoteError
from qa.chat.access.guard import UPLOAD_PATH
from qa.chat.access.public_errors import public_message
from qa.chat.access.public_paths import strip_folders
from qa.chat.ask.queue import Busy
from qa.chat.documents.jobs import TooManyJobs
from qa.chat.documents.uploads import UploadRefused
from qa.history.records import NoSuchConversation

_STATUS = {Busy: 503, NoSuchConversation: 404, UploadRefused: 400, TooManyJobs: 429}


def add_error_handler(server: FastAPI, folder: Path = Path()) -> None:
    """Make the routes of `server` answer with errors as JSON, without paths of this machine.

    `folder` is the folder of the index. A request that is wrong gets status 400. At the route of
    the documents, 409 says that the index is in no state for the request, and the message names
    what is damaged: whoever changes documents may be able to repair it.
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
        if isinstance(error, Busy):
            headers["retry-after"] = str(error.retry_after)
        return JSONResponse({"error": message}, status, headers=headers)

    for kind in (FootnoteError, UploadRefused, TooManyJobs):
        server.add_exception_handler(kind, respond)
