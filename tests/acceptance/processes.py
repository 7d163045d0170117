"""Server processes under test and how to talk to them."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from cryptography.fernet import Fernet

from axme_site import env
from tests.services import Guarded

ROOT = Path(__file__).resolve().parents[2]
# For a machine that does much else at the same time: whoever hangs, hangs for longer.
START_SECONDS = 180
STOP_SECONDS = ANSWER_SECONDS = 60


class Process:
    """A command run in the checkout; its output goes to a file, so that it never blocks."""

    def __init__(self, guarded: Guarded, command: list[str], variables: dict[str, str]) -> None:
        self._log = guarded.folder / f"output-{time.monotonic_ns()}"
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | variables,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.pid = self._process.pid
        guarded.watch(self.pid)

    @property
    def output(self) -> str:
        return self._log.read_text() if self._log.exists() else ""

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def stop(self, how: signal.Signals) -> int:
        """Send a signal. Returns the exit code."""
        self._process.send_signal(how)
        return self._process.wait(STOP_SECONDS)

    def wait(self) -> int:
        """The exit code of a process that ends by itself."""
        return self._process.wait(START_SECONDS)

    def wait_until_ready(self, port: int) -> None:
        """Wait for readiness on `port`, as long as the process runs."""
        deadline = time.monotonic() + START_SECONDS
        while status(port, "/health/ready") != 200:
            assert self.running, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.1)


def secrets() -> dict[str, str]:
    """What an installation with a database of its own has to be given."""
    return {
        "SECRET_KEY": env.random_text(),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "AUDIT_KEY": Fernet.generate_key().decode(),
    }


def get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int | None, bytes]:
    """Status code and body of a GET; None and nothing when nobody answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return None, b""


def status(port: int, path: str) -> int | None:
    return get(port, path)[0]
