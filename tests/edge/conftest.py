import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.edge.wire import PATIENCE, Answer, Wire, ask
from tests.services import free_port
from tests.turns import SERVERS

LIMIT = 4 * 1024 * 1024


class Process:
    """A running web process."""

    def __init__(self, server: str, log: Path, *, keep_alive: int = 75, drain: int = 10, **environment: str) -> None:
        self.server = server
        self._log = log
        self._arguments = [str(keep_alive), str(drain)]
        given = {"REQUEST_MAX_BYTES": str(LIMIT), "LOG_FORMAT": "json", "LOG_LEVEL": "INFO", "METRICS_TOKEN": ""}
        self._environment = os.environ | given | environment
        self._start()

    def _start(self) -> None:
        self.port = free_port()
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.edge.server", self.server, str(self.port), *self._arguments],
                env=self._environment,
                stderr=output,
            )

    def wait_until_it_serves(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                # Between finding the port free and listening on it somebody else may have got it.
                if "Address already in use" not in self.log():
                    break
                self._start()
            try:
                assert self.ask("GET /health").status == 200
                return
            except ConnectionRefusedError:
                time.sleep(0.05)
        pytest.fail(f"{self.server} does not serve:\n{self.log()}")

    def ask(self, head: str, *headers: bytes, body: bytes = b"") -> Answer:
        return ask(self.port, head, *headers, body=body)

    def wire(self) -> Wire:
        return Wire(self.port)

    def tell(self, number: int = signal.SIGTERM) -> None:
        self._process.send_signal(number)

    def exit_code(self) -> int:
        return self._process.wait(PATIENCE)

    def lines(self, action: str) -> list[dict[str, Any]]:
        """The log lines of one action so far. The last one may be half written."""
        found = [json.loads(line) for line in self._log.read_text().rpartition("\n")[0].splitlines()]
        return [line for line in found if line["action"] == action]

    def log(self) -> str:
        return self._log.read_text()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


def eventually(found: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """The first true value of `found()`. Fails when none came in time."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds} s")
        time.sleep(0.01)
    return value


class Hold:
    """What keeps requests to `path` from being answered until it is released."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def path(self, path: str = "/v1/held", name: str = "") -> str:
        return f"{path}?until={self._file}&name={name}"

    def release(self) -> None:
        self._file.touch()


@pytest.fixture
def hold(tmp_path: Path) -> Iterator[Hold]:
    hold = Hold(tmp_path / "released")
    yield hold
    hold.release()


@pytest.fixture(scope="module", params=SERVERS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    """A web process that the tests of a module share, once on each server."""
    process = Process(request.param, tmp_path_factory.mktemp(request.param) / "log")
    try:
        process.wait_until_it_serves()
        yield process
    finally:
        process.end()


@pytest.fixture(params=SERVERS)
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start a web process of the test's own, on each server."""
    started: list[Process] = []

    def start_one(**options: Any) -> Process:
        process = Process(request.param, tmp_path / f"log{len(started)}", **options)
        started.append(process)
        process.wait_until_it_serves()
        return process

    yield start_one
    for process in started:
        process.end()
