"""What the chat's README puts on a server is sound: a systemd unit, and a container file."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from qa.cli.arguments import build_parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "qa" / "chat" / "README.md").read_text("utf-8")
UNIT = re.search(r"```ini\n(.*?)```", README, re.DOTALL)[1]
CONTAINER = re.search(r"```dockerfile\n(.*?)```", README, re.DOTALL)[1]
ANALYZE = shutil.which("systemd-analyze")


def parsed(words):
    """The arguments of a `footnote` command, taken apart as that does."""
    assert words[0].endswith("footnote")
    return build_parser(lambda arguments: None).parse_args(words[1:])


def test_the_service_starts_what_there_is():
    (command,) = re.findall(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    arguments = parsed(shlex.split(command))
    assert (arguments.command, arguments.host, arguments.log) == ("chat", "127.0.0.1", "json")
    assert arguments.metrics
    assert not arguments.log_questions


@pytest.mark.skipif(not ANALYZE, reason="this machine has no systemd")
def test_the_service_is_one_that_systemd_takes_and_finds_safe(tmp_path):
    unit = tmp_path / "footnote.service"
    unit.write_text(UNIT.replace("/opt/footnote/.venv/bin/footnote", sys.executable))
    verified = subprocess.run([ANALYZE, "verify", unit], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")
    command = [ANALYZE, "security", "--offline=true", "--threshold=20", unit]
    exposed = subprocess.run(command, capture_output=True, text=True)
    if "unrecognized option" in exposed.stderr:
        pytest.skip("this systemd is too old to tell")
    assert exposed.returncode == 0, exposed.stdout


def test_the_container_file_copies_what_is_installed_and_starts_it():
    copied = {
        source
        for line in re.findall(r"^COPY (.*)$", CONTAINER, re.MULTILINE)
        for source in line.split()[:-1]
    }
    setup = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    installed = setup["tool"]["setuptools"]
    wanted = {name.rstrip("*") for name in installed["packages"]["find"]["include"]}
    wanted |= {Path(file).parts[0] for files in installed["data-files"].values() for file in files}
    wanted |= {"pyproject.toml", setup["project"]["readme"], *setup["project"]["license-files"]}
    assert copied == wanted
    arguments = parsed(json.loads(re.search(r"^CMD (.*)$", CONTAINER, re.MULTILINE)[1]))
    assert (arguments.command, arguments.host, arguments.auth) == ("chat", "0.0.0.0", "ida")
    probe = json.loads(re.search(r"^HEALTHCHECK .*CMD (.*)$", CONTAINER, re.MULTILINE)[1])
    assert probe[0] == "python"
    compile(probe[2], "probe", "exec")
    assert "/healthz" in probe[2]
