"""What a browser is told names files, never the folders of the machine that they lie in, nor the
server that the index is on.
"""

import os
import re
from pathlib import Path

from index.extract.unzip import SUFFIX as ARCHIVE

_FOLDERS = re.compile(r"(?<![\w.:/\\<-])(?:[A-Za-z]:)?[\\/](?:[^\\/\s'\"]+[\\/])*(?=[\w.\[(])")
"""The folders at the beginning of an absolute path."""

_SERVER = re.compile(r" at https?://\S+?(?=[,;.]?(?:\s|$))")


def without_paths(text: str, folder: Path) -> str:
    """Return a message in which the index's `folder` and all else is named without its folders.

    >>> without_paths("Cannot write /home/ida/x/.footnote/a.npy; see /tmp/log", Path("/home/ida/x"))
    'Cannot write x/.footnote/a.npy; see log'
    >>> without_paths("A text/plain or a </p>; https://example.org/a/b", Path("/home"))
    'A text/plain or a </p>; https://example.org/a/b'
    >>> without_paths("Milvus at http://[::1]:19530/x does not answer.", Path("/home"))
    'Milvus does not answer.'
    """
    above = f"{folder.parent}{os.sep}"
    if folder.parent != folder.parent.parent:
        text = text.replace(above, "")
    return _FOLDERS.sub("", _SERVER.sub("", text))


def name_of(path: Path) -> str:
    """Return the name of a file; of one in an archive, with the archive's.

    >>> name_of(Path("/home/ida/a.zip/sub/b.txt"))
    'a.zip/sub/b.txt'
    """
    for number, part in enumerate(path.parts):
        if part.lower().endswith(ARCHIVE):
            return "/".join(path.parts[number:])
    return path.name
