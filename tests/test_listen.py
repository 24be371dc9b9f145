"""Where the server listens, and the names it goes by there."""

import socket

import pytest

from index import FootnoteError
from ui.listen import LOOPBACK_NAMES, bind, names_of, url_of


def test_a_taken_port_is_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(FootnoteError, match=f"Cannot listen on 127.0.0.1:{port} .Address alre"):
            bind("127.0.0.1", port)


@pytest.mark.parametrize("host", ["192.0.2.1", "::ffff:192.0.2.1", "1:2"])
def test_an_address_of_another_machine_is_a_sentence(host):
    with pytest.raises(FootnoteError, match=f"^'{host}' is no address of this machine"):
        bind(host, 7860)


def test_loopback_goes_by_its_names_only():
    assert names_of("127.0.0.1") == LOOPBACK_NAMES
    assert names_of("::1") == LOOPBACK_NAMES
    assert names_of("127.0.0.2") == LOOPBACK_NAMES | {"127.0.0.2"}


def test_another_address_goes_by_the_machines_names_too(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "Desk")
    monkeypatch.setattr(socket, "getfqdn", lambda: "desk.example.org")
    assert names_of("192.0.2.7") == LOOPBACK_NAMES | {"192.0.2.7", "desk", "desk.example.org"}
    assert names_of("0.0.0.0") == LOOPBACK_NAMES | {"desk", "desk.example.org"}
    assert names_of("::") == LOOPBACK_NAMES | {"desk", "desk.example.org"}


def test_the_address_to_open_is_one_that_a_browser_takes():
    for host in ("127.0.0.1", "localhost"):
        with bind(host, 0) as listener:
            assert url_of(listener, host) == f"http://{host}:{listener.getsockname()[1]}"
    with bind("0.0.0.0", 0) as listener:
        port = listener.getsockname()[1]
        assert url_of(listener, "0.0.0.0") == f"http://{socket.gethostname()}:{port}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6_is_listened_on_and_takes_ipv4_where_it_is_for_all():
    try:
        with bind("::1", 0) as listener:
            assert url_of(listener, "::1") == f"http://[::1]:{listener.getsockname()[1]}"
    except FootnoteError as error:
        pytest.skip(str(error))
    with bind("::", 0) as listener:
        listener.listen()
        socket.create_connection(("127.0.0.1", listener.getsockname()[1]), timeout=5).close()
