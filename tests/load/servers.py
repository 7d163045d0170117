"""The servers below an installation, each of which a test may stop, kill, freeze and start again."""

import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis

from axme_site import postgres
from tests.services import Guarded, free_port, redis_binary

START_SECONDS = 60.0


class Database:
    """A PostgreSQL of its own."""

    def __init__(self, guarded: Guarded, *, durable: bool = False) -> None:
        self._guarded = guarded
        self.server = postgres.Server(guarded.folder / "database", durable=durable)
        self.url = f"postgresql://{postgres.USER}@/{postgres.DATABASE}?host={self.server.sockets}&port={postgres.PORT}"

    def start(self, *, copy_of: Path | None = None) -> None:
        """With `copy_of`, a DATA_DIR, it begins with what is in there."""
        if copy_of:
            # With the owners as they are: its files may be another user's.
            subprocess.run(["cp", "-a", copy_of, self.server.data_dir], check=True)
        self.server.data_dir.mkdir(mode=0o711, exist_ok=True)
        self.server.start()
        assert self.server.pid is not None
        self._guarded.watch(self.server.pid)

    def stop(self) -> None:
        self.server.stop()

    def restart(self, *, away_seconds: float = 0.0) -> None:
        self.stop()
        time.sleep(away_seconds)
        self.start()


class Redis:
    """A Redis of its own, or a Valkey by its `program`, on the same port whenever it runs."""

    def __init__(self, guarded: Guarded, program: str = "") -> None:
        self._guarded = guarded
        self._program = program or redis_binary()
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        folder = str(self._guarded.folder)
        self._process = subprocess.Popen(
            [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        self._guarded.watch(self._process.pid)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self.flush()
                return
            except redis.ConnectionError:
                assert time.monotonic() < deadline, "Redis does not start"
                time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def flush(self) -> None:
        with redis.Redis(port=self.port, socket_timeout=5) as client:
            client.flushall()

    def freeze(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


class BlackHole:
    """An address where nothing answers, not even with a refusal: connecting takes until the caller gives up."""

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        # Nobody accepts, and once the queue is full the kernel drops what comes.
        self._listener.listen(0)
        self.port: int = self._listener.getsockname()[1]
        self._queued = [socket.socket() for _ in range(4)]
        for waiting in self._queued:
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(("127.0.0.1", self.port))
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def close(self) -> None:
        for one in (*self._queued, self._listener):
            one.close()


def tail(path: Path, characters: int = 4000) -> str:
    """The end of a log."""
    return path.read_text(errors="replace")[-characters:]
