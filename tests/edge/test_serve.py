"""The site's own web processes, as deployments start them."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import turns
from tests.edge.conftest import eventually
from tests.edge.wire import PATIENCE, Wire, ask
from tests.services import free_port
from tests.turns import SERVERS

pytestmark = turns.one(1, of=2)

Starter = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Starter]:
    """Start `python -m <arguments>`, its log in `<number>.log` below tmp_path."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> "subprocess.Popen[bytes]":
        with (tmp_path / f"{len(started)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                env=os.environ | {"LOG_FORMAT": "json", "LOG_LEVEL": "DEBUG", "REDIS_URL": ""},
                stderr=log,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def serves(port: int) -> bool:
    try:
        return ask(port, "GET /health").status == 200
    except ConnectionRefusedError:
        return False


@pytest.mark.parametrize("server", SERVERS)
def test_two_processes_share_a_port_and_one_may_stop(run: Starter, tmp_path: Path, server: str) -> None:
    port = free_port()
    arguments = ("axme_site.serve", "--server", server, "--port", str(port), "--reuse-port")
    first, second = run(*arguments), run(*arguments)

    def both_answer() -> bool:
        serves(port)
        return all('"route": "/health"' in (tmp_path / f"{number}.log").read_text() for number in (0, 1))

    eventually(both_answer, PATIENCE)
    first.send_signal(signal.SIGTERM)
    assert first.wait(PATIENCE) == 0
    assert [serves(port) for _ in range(20)] == [True] * 20
    second.send_signal(signal.SIGTERM)
    assert second.wait(PATIENCE) == 0


@pytest.mark.parametrize("server", SERVERS)
def test_a_port_in_use_gets_one_line(run: Starter, tmp_path: Path, server: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert run("axme_site.serve", "--server", server, "--port", str(port)).wait(PATIENCE) == 1
    (line,) = (tmp_path / "0.log").read_text().splitlines()
    assert line == f"Cannot listen on 127.0.0.1:{port}: Address already in use"


def test_uvicorns_own_command_line_drains_too(run: Starter, tmp_path: Path) -> None:
    port = free_port()
    process = run("uvicorn", "axme_site.asgi:application", "--port", str(port))
    eventually(lambda: serves(port), PATIENCE)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) in (0, -signal.SIGTERM)
    assert '"action": "drained"' in (tmp_path / "0.log").read_text()


def test_a_websocket_nobody_serves_is_refused(run: Starter) -> None:
    port = free_port()
    run("axme_site.serve", "--server", "daphne", "--port", str(port))
    eventually(lambda: serves(port), PATIENCE)
    with Wire(port) as wire:
        wire.request(
            "GET /ws/nothing",
            *(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
            *(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", b"Origin: http://127.0.0.1"),
        )
        assert wire.answer().status == 403
    assert serves(port)


@pytest.mark.parametrize("server", SERVERS)
def test_a_websocket_with_an_odd_cookie_is_refused_before_the_cookie_is_read(run: Starter, server: str) -> None:
    port = free_port()
    run("axme_site.serve", "--server", server, "--port", str(port))
    eventually(lambda: serves(port), PATIENCE)

    def opened(cookie: bytes) -> int:
        with Wire(port) as wire:
            wire.request(
                "GET /live",
                *(b"Connection: Upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Version: 13"),
                *(b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", b"Origin: http://127.0.0.1", b"Cookie: " + cookie),
            )
            return wire.answer().status

    assert opened(b'a="\\""') == 101
    assert opened(b'a="' + b'\\"' * 4_000 + b'"') == 403
    assert serves(port)
