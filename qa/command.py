"""The `footnote` command: what `qa.cli` does, and the web chat of `qa.chat`.

If there is no index yet, the chat builds one from the documents that come with Footnote.
"""

import argparse
import contextlib
import os
import sys
import threading
from collections.abc import Iterator

import index
from index.errors import IndexNotFound
from index.installation import find_seeds
from qa.cli.main import main
from qa.cli.streams import restart_in_utf8


def footnote() -> None:
    """Run the `footnote` command."""
    restart_in_utf8()
    sys.exit(main(None, chat))


def chat(arguments: argparse.Namespace) -> None:
    """Serve the chat until it is interrupted."""
    from index.encode.encoder import load_encoder
    from index.store.generation import open_index
    from qa.chat.access.guard import guard_app
    from qa.chat.access.listen import bind_socket, build_url, serve
    from qa.chat.access.login import create_login
    from qa.chat.app import build_app
    from qa.chat.observe.events import EventLog
    from qa.chat.observe.logs import log_event, start_logging
    from qa.chat.proxies import drop_unusable_proxies
    from qa.cli.commands import language_model
    from qa.cli.progress import progress_bars
    from qa.llm.endpoint import check_certificate_file
    from qa.reader.load import load_reader

    # Otherwise Gradio requests its news and latest version from the network.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    start_logging(arguments.log)
    check_certificate_file()  # Gradio makes HTTP clients while it is imported.
    drop_unusable_proxies()
    login = create_login(arguments)
    llm = language_model(arguments.llm, arguments.llm_model)
    listener = bind_socket(arguments.host, arguments.port)
    print("Starting. The first start takes a few seconds.", file=sys.stderr)
    with _preload_gradio():
        try:
            open_index(arguments.index)
        except IndexNotFound:
            seeds = find_seeds()
            print(f"There is no index yet; building one from {seeds}", file=sys.stderr)
            with progress_bars() as progress:
                index.build([seeds], index=arguments.index, progress=progress)
        load_encoder(open_index(arguments.index).manifest.encoder.name)
        load_reader(arguments.reader)
    app = build_app(
        arguments.index,
        threshold=arguments.threshold,
        reader=arguments.reader,
        llm=llm,
        read_only=arguments.read_only,
        can_log_out=login is not None,
        prefix=arguments.path_prefix,
        metrics=arguments.metrics,
        event_log=EventLog(arguments.index, questions=arguments.log_questions),
    )
    address = build_url(listener, arguments.host)
    log_event("started", {"address": address, "generation": open_index(arguments.index).name})
    print(f"Footnote is running at {address}", file=sys.stderr)
    host, names = arguments.host, arguments.host_name
    prefix = arguments.path_prefix
    served = guard_app(app, host=host, host_names=names, login=login, prefix=prefix)
    serve(served, listener, logged=arguments.log is not None)


@contextlib.contextmanager
def _preload_gradio() -> Iterator[None]:
    """Import Gradio in a thread while the block loads the models; both take seconds.

    Before Python 3.11.8 they follow each other: both parse Python, Gradio its components and NumPy
    the headers of its files, and there two threads that parse at once can fail (gh-106905).
    """
    thread = threading.Thread(target=__import__, args=("gradio",), daemon=True)
    thread.start()
    if sys.version_info < (3, 11, 8):
        thread.join()
    yield
    thread.join()
