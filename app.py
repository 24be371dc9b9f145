"""The entry: `python app.py` opens the web chat, as `footnote chat` does.

Where there is no index yet, one is built from seeds/. The chat itself is in `qa.chat`, answers come
from `qa`, documents from `index`.
"""

import argparse
import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import index
from index.errors import IndexNotFound
from qa.cli.main import main

SEEDS = Path(__file__).resolve().parent / "seeds"


def footnote() -> None:
    """Run the `footnote` command."""
    sys.exit(main(None, chat))


def chat(arguments: argparse.Namespace) -> None:
    """Serve the chat until it is interrupted."""
    from index.encode.encoder import load_encoder
    from index.store.generation import open_index
    from qa.chat.access.guard import guarded
    from qa.chat.access.listen import bind, serve, url_of
    from qa.chat.access.login import login_of
    from qa.chat.app import build_app
    from qa.chat.observe.events import Ledger
    from qa.chat.observe.logs import note, start_log
    from qa.cli.printing import model_of
    from qa.cli.progress import shown_progress
    from qa.reader.reader import load_reader

    # Gradio looks up its own news and version otherwise.
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    start_log(arguments.log)
    login = login_of(arguments)
    llm = model_of(arguments.llm, arguments.llm_model)
    listener = bind(arguments.host, arguments.port)
    print("Starting; the first start takes some seconds.", file=sys.stderr)
    with _warming_up():
        try:
            open_index(arguments.index)
        except IndexNotFound:
            print(f"No index yet: building one from {SEEDS}", file=sys.stderr)
            with shown_progress() as progress:
                index.build([SEEDS], index=arguments.index, progress=progress)
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
        ledger=Ledger(arguments.index, questions=arguments.log_questions),
    )
    address = url_of(listener, arguments.host)
    note("started", {"address": address, "generation": open_index(arguments.index).name})
    print(f"Footnote answers at {address}", file=sys.stderr)
    host, names = arguments.host, arguments.host_name
    prefix = arguments.path_prefix
    served = guarded(app, host=host, host_names=names, login=login, prefix=prefix)
    serve(served, listener, logged=arguments.log is not None)


@contextlib.contextmanager
def _warming_up() -> Iterator[None]:
    """Import the page's framework while the block loads the encoder; both take seconds."""
    thread = threading.Thread(target=__import__, args=("gradio",), daemon=True)
    thread.start()
    yield
    thread.join()


if __name__ == "__main__":
    sys.exit(main(["chat", *sys.argv[1:]], chat))
