"""The name and the version of the installation, and the hints to install more."""

import json
import re
import tomllib
from pathlib import Path

import pytest

import qa
from index import installation
from index.installation import DISTRIBUTION, UNKNOWN_VERSION, install_command, installed_version
from qa.cli import main as cli

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]


class Installed:
    version = "1.2.3"

    def __init__(self, origin):
        self._origin = origin

    def read_text(self, name):
        assert name == "direct_url.json"
        return self._origin and json.dumps(self._origin)


@pytest.mark.parametrize(
    ("origin", "command"),
    [
        (None, "pip install 'footnote-qa[eval]'"),
        (
            {"url": "file:///home/ida/footnote", "dir_info": {"editable": True}},
            "pip install -e '.[eval]', in the folder that Footnote was installed from",
        ),
        (
            {"url": "file:///home/ida/footnote", "dir_info": {}},
            "pip install '.[eval]', in the folder that Footnote was installed from",
        ),
    ],
)
def test_a_hint_fits_how_this_was_installed(monkeypatch, origin, command):
    monkeypatch.setattr(installation, "_find_distribution", lambda: Installed(origin))
    assert install_command("eval") == command
    assert "ida" not in command


def test_a_copy_that_is_not_installed_has_no_version(monkeypatch):
    monkeypatch.setattr(installation, "_find_distribution", lambda: None)
    installed_version.cache_clear()
    assert installed_version() == UNKNOWN_VERSION
    installed_version.cache_clear()
    assert install_command("llm") == "pip install 'footnote-qa[llm]'"


def test_the_installed_project_is_this_one():
    assert PROJECT["name"] == DISTRIBUTION
    assert installed_version() == qa.__version__ == PROJECT["version"]


def test_the_command_tells_its_version(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--version"], chat=lambda arguments: None)
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"footnote {PROJECT['version']}\n"


def test_every_hint_names_an_extra_that_exists():
    root = Path(__file__).parents[2]
    code = "\n".join(
        path.read_text() for room in ("index", "qa") for path in (root / room).rglob("*.py")
    )
    named = set(re.findall(r"install_command\([\"'](\w+)[\"']\)", code))
    assert named == {"ocr", "eval", "llm", "dask", "milvus"}
    assert named <= set(PROJECT["optional-dependencies"])
    assert "footnote[" not in code
