"""How this installation came about: its version, the documents that came with it, and the command
that adds an extra to it.
"""

import json
from functools import lru_cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

DISTRIBUTION = "footnote-qa"
"""The name under which the packages `index` and `qa` are installed; another project is called
footnote."""

UNKNOWN_VERSION = "0+unknown"
"""The version of a copy of the code that was not installed."""

SEEDS_PARTS = ("share", "footnote", "seeds")
"""The end of the folder in which a wheel puts the documents that come with it."""


@lru_cache(maxsize=1)
def installed_version() -> str:
    """Return the version of this installation, or UNKNOWN_VERSION."""
    found = _find_distribution()
    return found.version if found else UNKNOWN_VERSION


def install_command(extra: str) -> str:
    """Return the command that installs an optional dependency of this installation.

    It names no folder of this machine, because it may be shown to users of a server.
    """
    found = _find_distribution()
    origin = found.read_text("direct_url.json") if found else None
    if origin is None:
        return f"pip install '{DISTRIBUTION}[{extra}]'"
    editable = "-e " if json.loads(origin).get("dir_info", {}).get("editable") else ""
    return f"pip install {editable}'.[{extra}]', in the folder that Footnote was installed from"


def find_seeds() -> Path:
    """Return the folder of the documents that come with Footnote, in a wheel or else in a clone."""
    found = _find_distribution()
    for file in (found.files if found else None) or ():
        if file.parts[-4:-1] == SEEDS_PARTS:
            return Path(str(file.locate())).resolve().parent
    return Path(__file__).resolve().parents[1] / "seeds"


def _find_distribution() -> Distribution | None:
    try:
        return distribution(DISTRIBUTION)
    except PackageNotFoundError:
        return None
