"""Run shell scripts that can mount file systems, for tests of full and read-only disks."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


def in_namespace(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a shell script in its own mount namespace; skip the test where that is forbidden."""
    command = ["unshare", "--mount", "--map-root-user", "bash", "-ec", script, "-"]
    found = subprocess.run(
        [*command, *map(str, arguments)],
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode == 77 or found.stderr.startswith("unshare:"):
        pytest.skip("mounting file systems is not permitted here")
    return found
