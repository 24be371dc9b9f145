"""The entry point: `python app.py` serves the web chat, as `footnote chat` does."""

import sys

from qa.cli.main import main
from qa.cli.streams import restart_in_utf8
from qa.command import chat

if __name__ == "__main__":
    restart_in_utf8()
    sys.exit(main(["chat", *sys.argv[1:]], chat))
