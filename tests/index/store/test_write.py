"""Files of a generation, as they lie on disk."""

import os

import pytest
from makings import write_files

import index


@pytest.mark.skipif(os.name != "posix", reason="only POSIX has a umask")
@pytest.mark.parametrize(
    ("umask", "folder", "file"), [(0o022, 0o755, 0o644), (0o077, 0o700, 0o600)]
)
def test_everything_of_a_generation_has_the_modes_of_the_umask(
    tmp_path, word_encoder, umask, folder, file
):
    docs = write_files(tmp_path / "docs", {"a.txt": "cat"})
    before = os.umask(umask)
    try:
        index.build([docs], index=tmp_path / "index", encoder=word_encoder)
    finally:
        os.umask(before)
    home = tmp_path / "index" / "generations"
    modes = {path: path.stat().st_mode & 0o777 for path in home.rglob("*")}
    assert len(modes) > 5
    wrong = {
        path.name: oct(mode)
        for path, mode in modes.items()
        if mode != (folder if path.is_dir() else file)
    }
    assert wrong == {}
