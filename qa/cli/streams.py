"""Standard streams that the caller has closed, as some services and schedulers do."""

import os
import sys


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
