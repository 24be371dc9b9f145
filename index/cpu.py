"""The number of CPUs that this process may use, which can be fewer than the machine has."""

import os


def available_cpus() -> int:
    """Return how many CPUs this process may be scheduled on, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
