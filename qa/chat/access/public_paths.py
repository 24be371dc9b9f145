"""Remove the folders of this machine, and the address of a Milvus server, from public messages."""

import os
import re
from pathlib import Path

from index.extract.unzip import ARCHIVE_SUFFIX

_FOLDERS = re.compile(r"(?<![\w.:/\\<-])(?:[A-Za-z]:)?[\\/](?:[^\\/\s'\"]+[\\/])*(?=[\w.\[(])")
"""The folders of an absolute path, up to the file's name."""

_SERVER = re.compile(r" at https?://\S+?(?=[,;.]?(?:\s|$))")


def strip_folders(text: str, folder: Path) -> str:
    """Return a message without the folders of its paths; those below the index's `folder` stay.

    >>> strip_folders("Cannot write /home/ida/x/.footnote/a.npy; see /tmp/log", Path("/home/ida/x"))
    'Cannot write x/.footnote/a.npy; see log'
    >>> strip_folders("A text/plain or a </p>; https://example.org/a/b", Path("/home"))
    'A text/plain or a </p>; https://example.org/a/b'
    >>> strip_folders("Milvus at http://[::1]:19530/x does not answer.", Path("/home"))
    'Milvus does not answer.'
    """
    above = f"{folder.parent}{os.sep}"
    if folder.parent != folder.parent.parent:
        text = text.replace(above, "")
    return _FOLDERS.sub("", _SERVER.sub("", text))


def public_file_name(path: Path) -> str:
    """Return the name of a file, or for a file in an archive its path from the archive on.

    >>> public_file_name(Path("/home/ida/a.zip/sub/b.txt"))
    'a.zip/sub/b.txt'
    """
    for number, part in enumerate(path.parts):
        if part.lower().endswith(ARCHIVE_SUFFIX):
            return "/".join(path.parts[number:])
    return path.name
