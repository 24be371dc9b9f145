"""A wheel that is built, installed without the clone, and used by a program with strict types."""

import os
import shutil
import site
import subprocess
import sys
import sysconfig
import tomllib
import venv
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
PARTS = ("index", "qa", "seeds", "pyproject.toml", "README.md", "LICENSE")
TIME_LIMIT = 400

PROGRAM = """
from collections.abc import Sequence
from pathlib import Path

import index
import qa


def embed(texts: Sequence[str]) -> list[list[float]]:
    return [[float(len(text)), 1.0] for text in texts]


def main(folder: Path) -> None:
    report: index.BuildReport = index.build([folder / "docs"], index=folder / "index")
    print(qa.__version__, len(report.added))
    with qa.open(folder / "index") as library:
        answer: qa.Answer = library.ask("What does the night ferry carry?")
        print(answer.text)
        for citation in answer.citations:
            print(citation.document_id, citation.page, citation.quote)
        passages: list[qa.Passage] = library.retrieve("timber", top_k=1, where={"type": "txt"})
        print(len(passages), index.make_encoder(embed, name="lengths").dimension)


if __name__ == "__main__":
    main(Path.cwd())
"""

MYPY_SETTINGS = """
[mypy]
[mypy-dask.*,distributed.*,fastapi.*,gradio.*,mcp.*,openai.*,pptx.*,sentence_transformers.*]
follow_imports = skip
[mypy-torch.*,transformers.*]
follow_imports = skip
"""
"""What no public type depends on is not looked at: it would take two minutes."""


def run(*command, cwd):
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MYPYPATH")}
    done = subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return an environment with the wheel, which finds other packages in the present one."""
    for tool in ("pip", "setuptools"):
        if not find_spec(tool):
            pytest.skip(f"needs {tool}")
    home = tmp_path_factory.mktemp("wheel")
    (home / "source").mkdir()
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        more = {"ignore": shutil.ignore_patterns("__pycache__")} if copy is shutil.copytree else {}
        copy(ROOT / name, home / "source" / name, **more)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    offline = ("--no-deps", "--no-index", "-q")
    run(*pip, "wheel", *offline, "--no-build-isolation", "-w", "out", home / "source", cwd=home)
    shutil.rmtree(home / "source")
    (wheel,) = (home / "out").iterdir()
    venv.create(home / "env", with_pip=False, symlinks=os.name != "nt")
    binary = home / "env" / ("Scripts" if os.name == "nt" else "bin")
    run(*pip, "--python", binary / "python", "install", *offline, wheel, cwd=home)
    place = Path(
        sysconfig.get_path("purelib", vars={"base": home / "env", "platbase": home / "env"})
    )
    there = sorted(path.name for path in place.iterdir() if path.name != "__pycache__")
    (place / "others.pth").write_text("\n".join(site.getsitepackages()))
    return home, binary, place, there


def test_nothing_else_is_at_the_top_level(installed):
    _, _, place, there = installed
    assert there == [f"footnote_qa-{VERSION}.dist-info", "index", "qa"]
    assert all((place / name / "py.typed").is_file() for name in ("index", "qa"))
    assert not list(place.rglob("test_*.py"))


def test_the_documents_that_come_with_it_are_found(installed):
    home, binary, place, _ = installed
    program = "from index.installation import find_seeds; print(find_seeds())"
    seeds = Path(run(binary / "python", "-c", program, cwd=home).strip())
    assert not seeds.is_relative_to(place)
    assert [path.name for path in seeds.iterdir()] == [p.name for p in (ROOT / "seeds").iterdir()]


def test_a_program_asks_with_it(installed):
    home, binary, place, _ = installed
    (home / "docs").mkdir()
    (home / "docs" / "ferry.txt").write_text("The night ferry carries timber to Oslo.")
    (home / "program.py").write_text(PROGRAM)
    where = run(binary / "python", "-c", "import qa, index; print(qa.__file__)", cwd=home)
    assert Path(where.strip()).is_relative_to(place)
    printed = run(binary / "python", "program.py", cwd=home).splitlines()
    assert printed[0] == f"{VERSION} 1"
    assert "timber" in printed[1]
    assert printed[-2] == "ferry.txt None The night ferry carries timber to Oslo."
    assert printed[-1] == "1 2"
    assert run(binary / "footnote", "--version", cwd=home) == f"footnote {VERSION}\n"


def test_its_types_are_those_of_a_strict_program(installed):
    if not find_spec("mypy"):
        pytest.skip("needs mypy")
    home, binary, _, _ = installed
    (home / "mypy.ini").write_text(MYPY_SETTINGS)
    (home / "program.py").write_text(PROGRAM)
    run(binary / "python", "-m", "mypy", "--strict", "program.py", cwd=home)
    (home / "wrong.py").write_text(PROGRAM.replace("answer.text", "answer.words"))
    wrong = subprocess.run(
        [binary / "python", "-m", "mypy", "--strict", "wrong.py"],
        cwd=home,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )
    assert '"Answer" has no attribute "words"' in wrong.stdout
