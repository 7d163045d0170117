"""What `up` and `dev` have in common: a data folder of one's own, a free port, and PostgreSQL while the rest runs.

It loads nothing of the server itself, which takes longer than all of this.
"""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

import structlog
from django.conf import settings
from django.core.management import BaseCommand, CommandError

from axme_site import data_dir, postgres, serve

log = structlog.get_logger()

WATCH_SECONDS = 1.0


class StartCommand(BaseCommand):
    """Calls `run` while the database is up. Refuses to start in one line."""

    # They need the database, which is not there yet; they run after the migrations.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        # Until the server handles signals itself a SIGTERM leaves by the same road as Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with data_dir.claimed(settings.DATA_DIR):
                ensure_port_is_free(settings.HOST, settings.PORT)
                if settings.EMBEDDED:
                    self.tell("Starting PostgreSQL ...")
                with database():
                    self.run()
        except postgres.CannotStart as reason:
            raise CommandError(str(reason)) from None
        except PermissionError as error:
            raise CommandError(f"cannot use {error.filename}: {error.strerror}; is it another user's?") from None
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")

    def run(self) -> None:
        """What happens while the database is up, until the command is told to stop."""
        raise NotImplementedError

    def tell(self, line: str) -> None:
        """Print a line at once, also where nobody looks at a terminal."""
        self.stdout.write(line)
        self.stdout.flush()


def ensure_port_is_free(host: str, port: int) -> None:
    """Raises CannotStart when nobody may listen there, before anything slow was started."""
    try:
        serve.listen(host, port).close()
    except OSError as error:
        raise postgres.CannotStart(
            f"cannot listen on {host} port {port}: {error.strerror}; set another PORT or HOST"
        ) from None


@contextlib.contextmanager
def database() -> Iterator[None]:
    """Our own PostgreSQL runs inside the block, started again if it dies. With DATABASE_URL there is nothing to do."""
    if not settings.EMBEDDED:
        yield
        return
    server = postgres.Server(settings.DATA_DIR)
    leaving = threading.Event()
    watch = threading.Thread(target=_keep_running, args=(server, leaving), name="postgres", daemon=True)
    try:
        server.start()
        watch.start()
        yield
    finally:
        leaving.set()
        if watch.ident is not None:
            watch.join()
        server.stop()


def _keep_running(server: postgres.Server, leaving: threading.Event) -> None:
    while not leaving.wait(WATCH_SECONDS):
        if server.pid is None:
            log.error("postgres_died")
            try:
                server.start()
            except postgres.CannotStart as reason:
                log.error("postgres_does_not_start", reason=str(reason))
