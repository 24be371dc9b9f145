"""Commands in wanting surroundings: closed standard streams, certificates that are missing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from makings import write_files

from index.errors import FootnoteError
from qa.llm.endpoint import check_certificate_file, check_installed

FOOTNOTE = Path(sys.executable).with_name("footnote")


def run(script, cwd, **environment):
    return subprocess.run(
        ["bash", "-c", script, "-", FOOTNOTE],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("closed", ["2>&-", "<&-", ">&- 2>&- <&-"])
def test_closed_streams_stop_nothing(tmp_path, closed):
    write_files(tmp_path / "docs", {"gate.txt": "The gate is locked at ten."})
    done = run(f'"$1" index docs {closed} && "$1" ask {closed}; echo $?', tmp_path)
    assert (done.stdout.splitlines()[-1], done.stderr) == ("0", "")
    assert run('"$1" search gate', tmp_path).stdout.count("gate.txt") == 1


def test_output_that_is_lost_at_the_end_is_an_error_and_a_closed_pipe_is_none(tmp_path):
    write_files(tmp_path / "docs", {"gate.txt": "The gate is locked at ten."})
    status = 'env -u PYTHONUNBUFFERED "$1" status'
    done = run(f'"$1" index docs && {status} >/dev/full; echo $?', tmp_path)
    assert done.stdout.splitlines()[-1] == "1"
    assert done.stderr == "footnote: No space left on device\n"
    done = run(f"{status} | true; echo ${{PIPESTATUS[0]}}", tmp_path)
    assert (done.stdout, done.stderr) == ("0\n", "")


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_names_are_read_as_utf8_whatever_the_locale(tmp_path, locale):
    write_files(tmp_path / "docs", {"café.txt": "The café is locked at ten."})
    plain = {"LC_ALL": locale, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run('"$1" index docs && "$1" status --json', tmp_path, **plain)
    assert done.stderr == ""
    assert "1 added" in done.stdout
    (document,) = json.loads(done.stdout.partition("\n")[2])["documents"]
    assert document["id"] == "café.txt"


def test_an_isolated_python_is_started_again_only_once(tmp_path):
    code = (
        f"import sys; sys.path[:] = {sys.path}\n"
        "from qa.cli.streams import restart_in_utf8; restart_in_utf8()\n"
        "print(sys.getfilesystemencoding())"
    )
    command = [sys.executable, "-I", "-X", "utf8=0", "-c", code]
    environment = os.environ | {"LC_ALL": "C"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=20)
    assert (done.stdout, done.stderr) == ("utf-8\n", "")


def test_no_message_goes_into_a_file_that_got_the_number_of_a_stream(tmp_path):
    write_files(tmp_path / "docs", {"gate.txt": "The gate is locked at ten."})
    assert run('"$1" index nowhere >&- 2>&-; echo $?', tmp_path).stdout == "1\n"
    code = (
        "import os, sys; os.close(2); sys.stderr = None\n"
        "from qa.cli.streams import open_closed_streams; open_closed_streams()\n"
        "file = open('kept', 'w'); print(file.fileno()); os.write(2, b'a message')"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, stdout=subprocess.PIPE
    )
    assert int(done.stdout) > 2
    assert (tmp_path / "kept").read_bytes() == b""


def test_a_server_names_the_variable_of_missing_certificates(tmp_path):
    missing = str(tmp_path / "trusted.pem")
    done = run('"$1" chat --port 1', tmp_path, SSL_CERT_FILE=missing)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"footnote: The environment variable SSL_CERT_FILE names {missing}, but there is no such "
        "file. Name the file of the certificates to trust, or unset the variable.\n"
    )


def test_so_does_a_question_to_a_language_model(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path))
    with pytest.raises(FootnoteError, match="SSL_CERT_FILE names"):
        check_installed()
    monkeypatch.setenv("SSL_CERT_FILE", __file__)
    check_certificate_file()
    monkeypatch.delenv("SSL_CERT_FILE")
    check_certificate_file()
