"""The entry point: `python app.py` serves the web chat, as `footnote chat` does."""

import sys

from qa.cli.main import main
from qa.command import chat

if __name__ == "__main__":
    sys.exit(main(["chat", *sys.argv[1:]], chat))
