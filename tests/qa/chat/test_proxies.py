"""The chat starts with settings of proxies that httpx cannot use."""

import os
import subprocess
import sys

import httpx
import pytest

from qa.chat.proxies import drop_unusable_proxies

PROGRAM = """
import os, sys
from qa.chat.proxies import drop_unusable_proxies
if sys.argv[1:]:
    drop_unusable_proxies()
import httpx
httpx.Client().close()
"""


@pytest.fixture
def environment(monkeypatch):
    """Return a function that sets the variables of proxies, and unsets all others."""

    def replace(**values: str) -> None:
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                monkeypatch.delenv(name)
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return replace


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("ALL_PROXY", "socks9://192.0.2.4:1080", ""),
        ("all_proxy", "socks9://192.0.2.4:1080", ""),
        ("HTTPS_PROXY", "http://proxy.example:port", ""),
        ("NO_PROXY", "[2001:db8::7]", "2001:db8::7"),
        ("no_proxy", "localhost, [::1],fe80::/10,.example.org", "localhost,::1,.example.org"),
        ("HTTP_PROXY", "proxy.example:3128", "proxy.example:3128"),
        ("NO_PROXY", "localhost, ::1,10.0.0.0/8,*.example.org", None),
    ],
)
def test_what_no_client_can_be_made_with_is_dropped(environment, name, value, left):
    environment(**{name: value, "http_proxy": "http://192.0.2.4:3128"})
    drop_unusable_proxies()
    assert os.environ[name] == (value if left is None else left)
    assert os.environ["http_proxy"] == "http://192.0.2.4:3128"
    httpx.Client().close()


@pytest.mark.parametrize("setting", ["ALL_PROXY=socks5://192.0.2.4:1080", "NO_PROXY=[::1]:7860"])
def test_a_new_process_can_make_a_client(environment, setting):
    name, _, value = setting.partition("=")
    environment(**{name: value})
    done = {
        with_mend: subprocess.run(
            [sys.executable, "-c", PROGRAM, *with_mend],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            capture_output=True,
            timeout=120,
        ).returncode
        for with_mend in ((), ("mend",))
    }
    assert done == {(): 1, ("mend",): 0}
