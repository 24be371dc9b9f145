"""Run a command with the network cut: python tests/offline.py COMMAND …

Enters a network namespace of its own in which only loopback is up, so that whatever the command
asks of another machine fails at once. Linux only; needs `unshare` from util-linux.
"""

import fcntl
import os
import socket
import struct
import sys

INSIDE = "FOOTNOTE_NETWORK_IS_CUT"
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


def bring_loopback_up() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        _, flags = struct.unpack("16sh14x", fcntl.ioctl(control, _SIOCGIFFLAGS, request))
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


if __name__ == "__main__":
    if os.environ.get(INSIDE):
        bring_loopback_up()
        os.execvp(sys.argv[1], sys.argv[1:])
    os.environ[INSIDE] = "1"
    unshare = ["unshare", "--net", *([] if os.getuid() == 0 else ["--map-root-user"])]
    os.execvp("unshare", [*unshare, sys.executable, os.path.abspath(__file__), *sys.argv[1:]])
