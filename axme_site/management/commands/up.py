"""`manage.py up`: the whole product in one process and, unless DATABASE_URL is set, its own PostgreSQL."""

import contextlib
import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management import CommandParser, call_command
from django.db import connections
from django.db.utils import OperationalError

from axme_site import background, postgres
from axme_site.asgi import application
from axme_site.demo import env_file, sign_in, traffic
from axme_site.management.commands import demo
from axme_site.management.starting import StartCommand
from axme_site.serve import daphne
from inbox.demo import PREFIX
from intents.accounts.models import Organization, Workspace
from intents.accounts.services import first_run


class Command(StartCommand):
    help = "Start everything: database, migrations, demo data, worker, beat and web server. Ctrl-C stops it cleanly."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--database-is-up", action="store_true", help="as `dev` starts it, which has started the database and says go"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database_is_up"]:
            with contextlib.suppress(KeyboardInterrupt):
                if sys.stdin.readline():  # nothing is said when `dev` has ended meanwhile
                    self.run()
            return
        super().handle(*args, **options)

    def run(self) -> None:
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
        filled = self.filled_workspace() if settings.DEMO_HISTORY or settings.DEMO_RATE else None
        connections.close_all()
        with background.running(), traffic.running(filled) if filled else contextlib.nullcontext():
            self.tell(f"AXME Inbox is at {settings.BASE_URL} (Ctrl-C stops it).")
            self.show_demo()
            try:
                daphne.run(settings.HOST, settings.PORT, application=application)
            finally:
                # From here on it only takes seconds: a second Ctrl-C must not leave a database running.
                for number in (signal.SIGINT, signal.SIGTERM):
                    signal.signal(number, signal.SIG_IGN)

    def filled_workspace(self) -> Workspace | None:
        """The demo's workspace, while its agents are there."""
        return Workspace.objects.filter(agents__name__startswith=PREFIX).distinct().first()

    def show_demo(self) -> None:
        """Tell the ways into the demo, if there is one."""
        values = env_file.read()
        for who, (name, does) in sign_in.SHOWN.items():
            if found := sign_in.link(who, values=values):
                self.tell(f"See the demo as {name}, who {does}: {found}")
        if values:
            self.tell(f"Demo keys and passwords: {env_file.path()}")
