"""`manage.py dev`: the server while its code is changed. The database stays up, the rest starts anew."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from axme_site.management.starting import StartCommand

FOLDERS = ("axme_site", "intents", "inbox")
LOOK_SECONDS = 0.25
STOP_SECONDS = 15


class Command(StartCommand):
    help = "Start everything as `up` does, and again whenever a Python file changes. DEBUG=1 shows templates as they are."

    def run(self) -> None:
        seen, server = code(), load()
        say_go(server)
        try:
            while True:
                while (now := code()) == seen:
                    time.sleep(LOOK_SECONDS)
                self.tell("A file changed: starting again.")
                # It takes as long to load the new code as to stop the old: both at once.
                seen, following = now, load()
                stop(server)
                server = following
                say_go(server)
        finally:
            stop(server)


def load() -> "subprocess.Popen[bytes]":
    """A server that has loaded its code, or is about to, and waits for `say_go`. Without us it ends."""
    program, _name, *options = sys.argv
    command = [sys.executable, program, "up", "--database-is-up", *options]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)


def say_go(server: "subprocess.Popen[bytes]") -> None:
    assert server.stdin is not None
    with contextlib.suppress(BrokenPipeError), server.stdin as pipe:  # code that cannot be loaded has ended already
        pipe.write(b"go\n")


def code() -> dict[Path, int]:
    """When each Python file was changed last."""
    return dict(_changes())


def _changes() -> Iterator[tuple[Path, int]]:
    for folder in FOLDERS:
        for path in (settings.BASE_DIR / folder).rglob("*.py"):
            with contextlib.suppress(FileNotFoundError):  # an editor is just replacing it
                yield path, path.stat().st_mtime_ns


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End it as a SIGTERM ends the server, or at once when that takes too long."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
