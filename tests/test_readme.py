"""What the README shows is what the program does."""

import re
import shlex
from pathlib import Path

import pytest

import index
import qa
from qa.cli import main as cli
from qa.cli.arguments import build_parser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
MAP = re.search(r"```\n(app\.py .*?)```", README, re.DOTALL)[1]
TESTS = {path.name for path in (ROOT / "tests").iterdir()}


def test_the_transcript_is_what_the_command_prints(tmp_path, monkeypatch, capsys, encoder):
    """Word for word, but for the probabilities, which differ a little between processors.

    Where there is "…" at the end, more follows.
    """
    monkeypatch.setenv("FOOTNOTE_INDEX", str(tmp_path / "index"))
    monkeypatch.chdir(ROOT)
    transcript = re.search(r"```console\n(.*?)```", README, re.DOTALL)[1]
    blocks = transcript.strip().split("\n\n")
    assert len(blocks) == 4
    for block in blocks:
        command, _, expected = block.partition("\n")
        assert command.startswith("$ footnote ")
        assert cli.main(shlex.split(command)[2:], chat=lambda arguments: None) == 0
        printed = capsys.readouterr().out.strip()
        whole = expected.rstrip("…")
        assert mask(printed)[: None if whole == expected else len(mask(whole))] == mask(whole)


def mask(text):
    return re.sub(r"\d+%|\b\d\.\d\d\b", "N", text)


def test_the_code_runs(tmp_path, monkeypatch, capsys, encoder):
    monkeypatch.setenv("FOOTNOTE_INDEX", str(tmp_path / "index"))
    monkeypatch.chdir(ROOT)
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    exec(code, {})
    printed = capsys.readouterr().out
    assert "hosted by the Prime Minister of Japan, Shigeru Ishiba, in Tokyo" in printed
    assert "2% of its GDP in defence by 2027" in printed


@pytest.mark.parametrize("name", ["langchain_core", "llama_index.core", "haystack"])
def test_the_code_for_other_frameworks_runs_where_they_are_installed(
    name, tmp_path, monkeypatch, encoder
):
    pytest.importorskip(name)
    monkeypatch.setenv("FOOTNOTE_INDEX", str(tmp_path / "index"))
    index.build([ROOT / "seeds"])
    readme = (ROOT / "qa/README.md").read_text("utf-8")
    codes = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    (code,) = [code for code in codes if f"from {name}" in code]
    space = {}
    exec(code, space)
    # Haystack shortens the content in the repr of a document.
    text = " ".join(f"{one!r} {getattr(one, 'content', '')}" for one in space["found"])
    assert "Shigeru Ishiba" in text
    assert "footnote://" in text


def test_the_map_names_every_folder_of_the_packages():
    named = set(re.findall(r"\b([a-z_]+)/", MAP))
    there = {
        path.parent.name
        for package in (index, qa)
        for path in Path(package.__file__).parent.rglob("*.py")
    }
    assert there <= named
    assert named <= there | {"seeds", "tests", "static", *TESTS}


def test_every_command_is_in_the_table():
    parser = build_parser(lambda arguments: None)
    commands = parser._subparsers._group_actions[0].choices
    assert set(re.findall(r"^\| `footnote (\w+)", README, re.MULTILINE)) == set(commands)
