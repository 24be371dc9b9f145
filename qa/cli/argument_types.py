"""Parse the values of the arguments of the `footnote` command.

Each function raises `ValueError` or `ArgumentTypeError` for a value that cannot be taken.
"""

import argparse
import ipaddress
import re
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from qa.retrieval.arguments import MAX_TOP_K, check_threshold, check_top_k

T = TypeVar("T")

MAX_WAIT = 86_400
"""The most seconds of --wait."""


def parse_count(text: str) -> int:
    """Return a number of passages."""
    wanted = f"a number of passages. Give a number from 1 to {MAX_TOP_K:,}"
    return _parse(lambda: check_top_k(int(text)), text, wanted)


def parse_probability(text: str) -> float:
    """Return a probability, 0 to 1."""
    wanted = "a probability. Give a number from 0 to 1"
    return _parse(lambda: check_threshold(float(text)), text, wanted)


def parse_condition(text: str) -> tuple[str, str]:
    """Return the name and the value of a condition."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not a condition. Give NAME=VALUE")
    return name, value


def parse_seconds(text: str) -> float:
    """Return a time in seconds."""
    if not 0 <= (seconds := float(text)) <= MAX_WAIT:
        raise argparse.ArgumentTypeError(
            f"{text} is not a number of seconds. Give one from 0 to {MAX_WAIT:,}"
        )
    return seconds


def parse_port(text: str) -> int:
    """Return a port."""
    if not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port. Give a number from 1 to 65535")
    return int(text)


def parse_path_prefix(text: str) -> str:
    """Return a path, without a slash at its end."""
    if not re.fullmatch(r"(/[\w-][\w.~-]*)*/?", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"{text!r} is not a path. Give one such as /qa")
    return text.rstrip("/")


def parse_host_name(text: str) -> str:
    """Return a host name, or an IPv6 address without brackets."""
    with suppress(ValueError):
        return str(ipaddress.IPv6Address(text.strip("[]")))
    if not text or set(text) & set(":/ "):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a host name. Give one such as qa.example.org"
        )
    return text


def _parse(check: Callable[[], T], text: str, wanted: str) -> T:
    """Return what `check` does; where it refuses the text, the message says what was `wanted`."""
    try:
        return check()
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not {wanted}") from error
