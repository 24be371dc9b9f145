"""What a command is started with: closed standard streams, and a locale that is not UTF-8."""

import os
import sys
from contextlib import suppress


def open_closed_streams() -> None:
    """Open each closed standard stream on the null device.

    Otherwise the next file that is opened, such as a database, would get its number, and a message
    would be written into that file.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def drop_unwritten_output() -> None:
    """Close standard output if it takes no more, since Python writes again when it ends."""
    try:
        sys.stdout.flush()
    except OSError:
        with suppress(OSError):
            sys.stdout.close()


def restart_in_utf8() -> None:
    """Start the command again in Python's UTF-8 mode if the locale has another encoding of names.

    Names of files are UTF-8 on almost every disk, whatever the locale of a service or a scheduler.
    """
    if sys.getfilesystemencoding() != "utf-8":
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])
