"""A client's end is noticed also when its response is long over."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from axme_site.connections import Connection, Ending
from tests.edge.conftest import Process, eventually

READER = """
import socket, sys, time
port, what, reads_all = int(sys.argv[1]), sys.argv[2], sys.argv[3] == "all"
connection = socket.create_connection(("127.0.0.1", port), timeout=20)
connection.sendall(f"GET /v1/stream/{what} HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n".encode())
seen = b""
while (b"0\\r\\n\\r\\n" if reads_all else b"work") not in seen:
    seen += connection.recv(4096)
print("read", flush=True)
time.sleep(60)
"""


def lost(site: Process, what: str) -> str | None:
    """How the connection that asked for stream `what` was lost, if it was."""
    return next((found.split()[1] for found in site.ask("GET /v1/stream/lost").json() if found.split()[0] == what), None)


@pytest.mark.parametrize(("reads", "ending"), [("part", "reset"), ("all", "closed")])
def test_a_client_killed_after_its_response_ended_is_noticed(site: Process, reads: str, ending: str) -> None:
    what = f"killed-{reads}"
    client = subprocess.Popen([sys.executable, "-c", READER, str(site.port), what, reads], stdout=subprocess.PIPE, text=True)
    with client:
        assert client.stdout is not None
        assert client.stdout.readline() == "read\n"
        # The response's last bytes are on their way or there, unread.
        eventually(lambda: any(line["route"] == "/v1/stream/{what}" for line in site.lines("http")))
        time.sleep(0.5)
        assert lost(site, what) is None
        client.send_signal(signal.SIGKILL)
        # By the system's word: no timer of ours is as short as this.
        assert eventually(lambda: lost(site, what)) == ending


def test_a_connection_used_again_is_still_the_same(site: Process) -> None:
    with site.wire() as wire:
        wire.request("GET /v1/stream/reused").answer()
        assert wire.request("GET /v1/nothing").answer().status == 200
        assert lost(site, "reused") is None
    assert eventually(lambda: lost(site, "reused")) == "closed"


def test_a_connection_that_the_server_ends_is_not_lost(site: Process) -> None:
    with site.wire() as wire:
        wire.request("GET /v1/stream/ours", b"Connection: close").answer()
    time.sleep(0.3)
    assert lost(site, "ours") is None


@pytest.mark.parametrize("header", [b"X-Forwarded-For: 10.0.0.1", b"Via: 1.1 proxy", b"Forwarded: for=10.0.0.1"])
def test_a_connection_by_a_proxy_says_nothing_of_the_client(site: Process, header: bytes) -> None:
    what = f"proxied-{header[:3].decode()}"
    site.wire().request(f"GET /v1/stream/{what}", header).finish()
    time.sleep(0.3)
    assert lost(site, what) is None
    # Only the one request was told so, not what else its connection carries.
    with site.wire() as wire:
        wire.request(f"GET /v1/stream/{what}", header).answer()
        wire.request(f"GET /v1/stream/direct-{what}").answer()
    assert eventually(lambda: lost(site, f"direct-{what}")) == "closed"


def test_an_idle_connection_ends_unless_it_is_watched(start: Callable[..., Process]) -> None:
    site = start(keep_alive=1)
    with site.wire() as idle, site.wire() as watched:
        idle.request("GET /v1/nothing").answer()
        watched.request("GET /v1/stream/watched").answer()
        assert idle.socket.recv(1) == b""
        time.sleep(1.5)
        assert watched.request("GET /v1/nothing").answer().status == 200
    assert eventually(lambda: lost(site, "watched")) == "closed"


def test_each_callback_is_called_once_when_the_client_ends_it() -> None:
    connection, calls = Connection(), []

    def kept() -> None:
        calls.append("kept")

    def removed() -> None:
        calls.append("removed")

    connection.add_lost_callback(kept)
    connection.add_lost_callback(removed)
    connection.remove_lost_callback(removed)
    assert connection.watched
    connection.end(Ending.RESET)
    connection.end(Ending.CLOSED)
    assert (calls, connection.ending, connection.lost) == (["kept"], Ending.RESET, True)
    connection.add_lost_callback(removed)
    assert calls == ["kept", "removed"]


def test_no_callback_is_called_when_the_server_ends_it() -> None:
    connection, calls = Connection(), []
    connection.add_lost_callback(lambda: calls.append("called"))
    connection.end(Ending.OURS)
    connection.add_lost_callback(lambda: calls.append("late"))
    assert not calls
    assert not connection.watched
