"""Seconds that a call takes, and percentiles of many."""

import time


def measure_seconds(call):
    """Call a function and return how many seconds it took."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def percentile(values, share):
    """Return the smallest value that is greater than this share of all values.

    >>> percentile(range(1, 101), 0.95)
    96
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
