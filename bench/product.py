"""The product under load: started as an operator would start it, in a temporary folder, and stopped afterwards.

`embedded` is one process, `manage.py up`. `scaled` is two web processes, a worker, a beat, PostgreSQL and Redis.
"""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from cryptography.fernet import Fernet

from axme_site import postgres
from bench.client import Target

ROOT = Path(__file__).resolve().parents[1]
WEB_PROCESSES = 2
START_SECONDS = 90


@dataclass
class Product:
    """A running product: where its web processes listen, and its processes' ids by role. `history` is how many intents were
    there before what is measured now."""

    mode: str
    server: str
    folder: Path
    targets: list[Target] = field(default_factory=list)
    demo: dict[str, str] = field(default_factory=dict)
    pids: dict[str, list[int]] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    history: int = 0

    def database(self) -> psycopg.Connection[Any]:
        """A connection in autocommit mode, for filling tables and for looking."""
        return postgres.Server(self.folder).connect()

    def command(self, *words: str) -> None:
        """Run `manage.py` with these words to its end. Raises RuntimeError when it fails."""
        _run_to_its_end([sys.executable, "manage.py", *words], self.environment)

    def program(self, module: str, *words: str) -> str:
        """Run one of the bench's own in the product's environment: what it prints. Raises RuntimeError when it fails."""
        return _run_to_its_end([sys.executable, "-m", module, *words], self.environment)

    def target(self, number: int) -> Target:
        """The web process that connection `number` goes to: they take turns, as behind a balancer."""
        return self.targets[number % len(self.targets)]


@contextlib.contextmanager
def running(mode: str, server: str) -> Iterator[Product]:
    """The product runs inside the block, on an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="axme-bench-"))
    folder.chmod(0o711)  # the database may run as another user
    product = Product(mode, server, folder)
    # A SIGTERM leaves by the same road as Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        with contextlib.ExitStack() as stack:
            if mode == "embedded":
                _start_embedded(product, stack)
            else:
                _start_scaled(product, stack)
            try:
                yield product
            finally:
                # It takes seconds now; a second signal must not leave servers running.
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_IGN)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start_embedded(product: Product, stack: contextlib.ExitStack) -> None:
    port = _free_port()
    variables = {
        "DATA_DIR": str(product.folder),
        "PORT": str(port),
        "LOG_LEVEL": "WARNING",
        "UNDO_SECONDS": "0",
        "OUTGOING_ALLOWED_NETWORKS": "127.0.0.0/8",
        # Else it asks people things, whose timers would count.
        "DEMO_FILLED": "0",
    }
    process = _spawn(product, stack, "up", [sys.executable, "manage.py", "up"], variables)
    _wait_until_ready(port, process, product.folder)
    product.pids = {"web": [process.pid], "postgres": [_postmaster(product.folder)]}
    product.environment = variables | {"DATABASE_URL": ""}
    _find_targets(product, [port])


def _start_scaled(product: Product, stack: contextlib.ExitStack) -> None:
    database = postgres.Server(product.folder)
    stack.callback(database.stop)
    database.start()
    redis_port = _free_port()
    redis = _spawn(
        product,
        stack,
        "redis",
        [_redis(), "--port", str(redis_port), "--bind", "127.0.0.1", "--save", "", "--dir", str(product.folder)],
        {},
    )
    product.environment = {
        "DATA_DIR": str(product.folder),
        "DATABASE_URL": f"postgresql:///axme?host={database.sockets}&user=axme",
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "RATE_LIMIT_PER_MINUTE": "0",
        "UNDO_SECONDS": "0",
        "OUTGOING_ALLOWED_NETWORKS": "127.0.0.0/8",
        "LOG_LEVEL": "WARNING",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "AUDIT_KEY": Fernet.generate_key().decode(),
    }
    for command in ("migrate", "demo"):
        product.command(command)
    ports = [_free_port() for _ in range(WEB_PROCESSES)]
    serve = [sys.executable, "-m", "axme_site.serve", "--server", product.server, "--port"]
    webs = [
        _spawn(product, stack, f"web-{number}", [*serve, str(port)], product.environment)
        for number, port in enumerate(ports)
    ]
    celery = [sys.executable, "-m", "celery", "--app", "axme_site.celery", "--quiet"]
    worker = [*celery, "worker", "--pool", "threads", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    product.pids = {
        "web": [web.pid for web in webs],
        "worker": [_spawn(product, stack, "worker", worker, product.environment).pid],
        "beat": [_spawn(product, stack, "beat", [*celery, "beat", "--pidfile="], product.environment).pid],
        "redis": [redis.pid],
        "postgres": [_postmaster(product.folder)],
    }
    for port, web in zip(ports, webs, strict=True):
        _wait_until_ready(port, web, product.folder)
    _find_targets(product, ports)


def _spawn(
    product: Product, stack: contextlib.ExitStack, name: str, command: list[str], variables: dict[str, str]
) -> subprocess.Popen[bytes]:
    with (product.folder / f"{name}.log").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | variables, stdout=output, stderr=output, start_new_session=True
        )
    stack.callback(_stop, process)
    return process


def _run_to_its_end(command: list[str], variables: dict[str, str]) -> str:
    done = subprocess.run(command, cwd=ROOT, env=os.environ | variables, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command} failed: {done.stderr[-2000:]}")
    return done.stdout


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5).close()
            return
        time.sleep(0.2)
    logs = {path.name: path.read_text()[-2000:] for path in folder.glob("*.log")}
    raise RuntimeError(f"the product does not start: {logs}")


def _find_targets(product: Product, ports: list[int]) -> None:
    lines = (product.folder / "demo.env").read_text().splitlines()
    product.demo = values = dict(line.split("=", 1) for line in lines)
    product.targets = [Target("127.0.0.1", port, values["AXME_API_KEY"], values["AXME_ACTOR_TOKEN"]) for port in ports]


def _postmaster(folder: Path) -> int:
    pid = postgres.Server(folder).pid
    assert pid is not None
    return pid


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _redis() -> str:
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    raise RuntimeError("no Redis found: install redis-server, or measure --mode embedded")
