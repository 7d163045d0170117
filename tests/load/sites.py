"""A running installation, started as an operator starts it: everything in one process, or process by process."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from axme_site import postgres
from axme_site.demo import env_file
from tests import templates
from tests.acceptance.processes import Process, secrets
from tests.load.clients import Clients
from tests.load.journal import Journal
from tests.services import STARTED, Guarded, free_port

ORGANIZATION = "myorg/production"
# The scripts find python and celery where the tests' own come from.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
COMMON = {"PATH": PATH, "RATE_LIMIT_PER_MINUTE": "0", "LOG_FORMAT": "json", "LOG_LEVEL": "INFO"}


class Site:
    """What tests may ask of either kind. `urls` are its web processes'."""

    def __init__(self, guarded: Guarded, variables: dict[str, str]) -> None:
        self.guarded = guarded
        self.variables = COMMON | variables
        self.keys: dict[str, str] = {}
        self.started: list[tuple[str, Process]] = []
        self.urls: list[str] = []

    @property
    def api_key(self) -> str:
        return self.keys["AXME_API_KEY"]

    def address(self, name: str = "agent") -> str:
        """An address that no other test uses."""
        return f"agent://{ORGANIZATION}/{name}-{time.monotonic_ns()}"

    def journal(self) -> Path:
        """A file that no other test uses."""
        # The folder may be another installation's too.
        return self.guarded.folder / f"journal-{time.monotonic_ns()}"

    def clients(self, path: Path | None = None) -> Clients:
        return Clients(self.urls, self.api_key, Journal(path) if path else None)

    def run(self, name: str, command: Sequence[str], **variables: str) -> Process:
        """Start a process of this installation, or a client of it."""
        process = Process(self.guarded, list(command), self.variables | variables)
        self.started.append((name, process))
        return process

    def client(self, program: str, **spec: Any) -> Process:
        """Start an agent or a sender in a process of its own."""
        spec = {"urls": self.urls, "api_key": self.api_key} | {
            name: str(value) if isinstance(value, Path) else value for name, value in spec.items()
        }
        return self.run(program, [sys.executable, "-m", f"tests.load.{program}", json.dumps(spec)])

    def kill(self) -> None:
        """Kill everything that is this installation's own."""
        raise NotImplementedError

    def start_again(self) -> None:
        """Start anew whatever was killed."""
        raise NotImplementedError

    def connect(self) -> psycopg.Connection[Any]:
        raise NotImplementedError

    def rows(self, query: str, *params: Any) -> list[tuple[Any, ...]]:
        with self.connect() as connection:
            return connection.execute(query, params).fetchall()

    def logs(self) -> str:
        """The ends of everything started here that said something."""
        parts = [f"--- {name} {process.pid}\n{process.output[-3000:]}" for name, process in self.started if process.output]
        return "\n".join(parts[-12:])

    def end(self) -> None:
        """Kill what runs."""
        for _, process in self.started:
            if process.running:
                process.stop(signal.SIGKILL)


class Embedded(Site):
    """`manage.py up`."""

    def __init__(self, guarded: Guarded, **variables: str) -> None:
        self.folder = guarded.folder / "data"
        self.port = free_port()
        nowhere = {"DATABASE_URL": "", "REDIS_URL": "", "PORT": str(self.port), "DATA_DIR": str(self.folder)}
        super().__init__(guarded, nowhere | {"DEMO_FILLED": "0", "DEMO_HISTORY": "0"} | variables)
        self.urls = [f"http://127.0.0.1:{self.port}"]
        self._up: Process | None = None

    def start(self) -> None:
        if not self.folder.exists() and STARTED in os.environ:
            # With the owners as they are: the database's files may be another user's.
            subprocess.run(["cp", "-a", templates.data_dir(), self.folder], check=True)
        self._up = self.run("up", [sys.executable, "manage.py", "up"])
        self._up.wait_until_ready(self.port)
        pid = postgres.Server(self.folder).pid
        assert pid is not None
        self.guarded.watch(pid)
        self.keys |= env_file.read(self.folder / "demo.env")

    @property
    def server_processes(self) -> list[Process]:
        assert self._up is not None
        return [self._up]

    def start_again(self) -> None:
        """Start anew after `kill`."""
        self.start()

    def kill(self) -> None:
        """Kill everything, the database included."""
        for process in self.server_processes:
            process.stop(signal.SIGKILL)
        pid = postgres.Server(self.folder).pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)

    def connect(self) -> psycopg.Connection[Any]:
        return postgres.Server(self.folder).connect()

    def end(self) -> None:
        super().end()
        postgres.Server(self.folder).stop()


class Scaled(Site):
    """Web processes, workers and beats on a database and a Redis that are there already."""

    def __init__(self, guarded: Guarded, *, database_url: str, redis_url: str, **variables: str) -> None:
        given = {
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "DATA_DIR": str(guarded.folder / "data"),
            "WORKER_CONCURRENCY": "2",
        }
        super().__init__(guarded, secrets() | given | variables)
        self.webs: list[Process] = []
        self.workers: list[Process] = []
        self.beats: list[Process] = []
        self._servers: list[tuple[int, str]] = []

    def prepare(self) -> None:
        """Make the tables, the demo workspace and its keys."""
        self._prepare(["deploy/migrate"])
        self.fill()

    def fill(self) -> None:
        """Make the demo workspace and its keys, where the tables are there."""
        self._prepare([sys.executable, "manage.py", "demo"])
        self.keys = env_file.read(Path(self.variables["DATA_DIR"]) / "demo.env")

    def _prepare(self, command: Sequence[str]) -> None:
        Path(self.variables["DATA_DIR"]).mkdir(exist_ok=True)
        done = self.run("prepare", command)
        assert done.wait() == 0, done.output

    def start(self, *servers: str, workers: int = 1, beats: int = 1, ready: bool = True) -> None:
        """Start one web process for each of `servers` (uvicorn or daphne), workers and beats."""
        self._servers += [(free_port(), server) for server in servers]
        self.urls = [f"http://127.0.0.1:{port}" for port, _ in self._servers]
        self.webs += [self.run_web(number) for number in range(len(self.webs), len(self._servers))]
        self.workers += [self.run_worker() for _ in range(workers)]
        self.beats += [self.run_beat() for _ in range(beats)]
        if ready:
            self.wait_until_ready()

    def start_again(self) -> None:
        """Start anew whatever was killed, and wait until all are ready. Where nobody looks at what is due, a web process
        that has run for half a minute is not ready any more: there, for those alone that were started anew."""
        awaited = [number for number, web in enumerate(self.webs) if not web.running or (self.workers and self.beats)]
        self.webs = [web if web.running else self.run_web(number) for number, web in enumerate(self.webs)]
        self.workers = [one if one.running else self.run_worker() for one in self.workers]
        self.beats = [one if one.running else self.run_beat() for one in self.beats]
        for number in awaited:
            self.wait_for_web(number)

    def wait_until_ready(self) -> None:
        for number in range(len(self.webs)):
            self.wait_for_web(number)

    def wait_for_web(self, number: int) -> None:
        self.webs[number].wait_until_ready(self._servers[number][0])

    def run_web(self, number: int) -> Process:
        port, server = self._servers[number]
        return self.run(f"web {server}", ["deploy/web"], PORT=str(port), WEB_SERVER=server)

    def run_worker(self, **variables: str) -> Process:
        return self.run("worker", ["deploy/worker"], **variables)

    def run_beat(self, **variables: str) -> Process:
        return self.run("beat", ["deploy/beat"], **variables)

    @property
    def server_processes(self) -> list[Process]:
        return [*self.webs, *self.workers, *self.beats]

    def kill(self) -> None:
        """Kill every process of this installation; the database and Redis are not its own."""
        for process in self.server_processes:
            process.stop(signal.SIGKILL)

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.variables["DATABASE_URL"], autocommit=True, connect_timeout=5)
