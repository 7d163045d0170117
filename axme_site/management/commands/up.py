"""`manage.py up`: the whole product in one process and, unless DATABASE_URL is set, its own PostgreSQL."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

import structlog
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections
from django.db.utils import OperationalError

from axme_site import background, data_dir, postgres, serve
from axme_site.asgi import application
from axme_site.demo import env_file, sign_in
from axme_site.management.commands import demo
from axme_site.serve import daphne
from intents.accounts.models import Organization
from intents.accounts.services import first_run

log = structlog.get_logger()

WATCH_SECONDS = 1.0


class Command(BaseCommand):
    help = "Start everything: database, migrations, demo data, worker, beat and web server. Ctrl-C stops it cleanly."
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
        """What happens while the database is up, until the server is told to stop."""
        self.serve()

    def serve(self) -> None:
        self.tell("Preparing the database ...")
        try:
            call_command("migrate", verbosity=0)
        except OperationalError as error:
            raise postgres.CannotStart(f"the database does not answer: {str(error).strip().splitlines()[0]}") from None
        self.check(databases=["default"])
        if not Organization.objects.exists() or demo.is_known_here(env_file.read()):
            self.tell("Preparing the demo ...")
            call_command("demo", fill=settings.DEMO_FILLED)
        if first_run.is_needed():
            call_command("setup_code", stdout=self.stdout)
        connections.close_all()
        with background.running():
            self.tell(f"AXME Inbox is at {settings.BASE_URL} (Ctrl-C stops it).")
            self.show_demo()
            try:
                daphne.run(settings.HOST, settings.PORT, application=application)
            finally:
                # From here on it only takes seconds: a second Ctrl-C must not leave a database running.
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_IGN)

    def show_demo(self) -> None:
        """Tell the ways into the demo, if there is one."""
        values = env_file.read()
        for who, (name, does) in sign_in.SHOWN.items():
            if found := sign_in.link(who, values=values):
                self.tell(f"See the demo as {name}, who {does}: {found}")
        if values:
            self.tell(f"Demo keys and passwords: {env_file.path()}")

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
