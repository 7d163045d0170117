"""`manage.py move_workspace myorg/production --to east`, and `--unfinished`."""

import signal
import sys
from typing import Any

from django.conf import settings
from django.core.management import CommandError, CommandParser
from django.db import connection
from psycopg import Error
from psycopg.conninfo import make_conninfo

from axme_site import direct
from axme_site.cells import moving
from axme_site.cells.unfinished import moves
from axme_site.postgres_tools import target
from intents.feed import sequencer
from intents.management.setup import SetupCommand, split


class Command(SetupCommand):
    help = (
        "Move a workspace of this cell to another one, while it is used: at the end it answers 503 for a second or more. Run"
        " it again after an error: it finishes a move that happened, and undoes one that did not."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", nargs="?", default="", metavar="ORG/WORKSPACE", help="as in myorg/production")
        parser.add_argument("--files-are-shared", action="store_true", help="MEDIA_DIR is one folder of both cells")
        parser.add_argument("--to", default="", metavar="CELL", help="one of CELLS")
        parser.add_argument(
            "--unfinished",
            action="store_true",
            help="only name the moves of this cell that were broken off; exits with 1 if any",
        )

    def handle(self, *, workspace: str, to: str, files_are_shared: bool, unfinished: bool, **options: Any) -> None:
        if unfinished:
            self._name_unfinished()
            return
        if not workspace or not to:
            raise CommandError("say which workspace moves --to which cell, or --unfinished")
        split(workspace)
        if to not in settings.CELLS:
            raise CommandError(f"{to} is not one of CELLS ({', '.join(settings.CELLS) or 'which are not set'})")
        with direct.connected():
            here = make_conninfo(target(), password=connection.connection.info.password)
        # Told to end, as by an orchestrator, it opens what it has closed before it does.
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            done = moving.move(
                url=here,
                to=settings.CELLS[to],
                path=workspace,
                files_are_shared=files_are_shared,
                give_places=sequencer.sequence,
                tell=self.tell,
            )
        except moving.CannotMove as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise CommandError("told to end: run it again, it says where the workspace is") from None
        except Error as error:
            raise CommandError(f"run it again, for it was cut off: {str(error).strip().splitlines()[0]}") from None
        finally:
            signal.signal(signal.SIGTERM, before)
        self.tell(
            f"{workspace} is in {to} now: {done.copied.open} rows copied in {done.open_seconds:.1f} s while it was open, "
            f"{done.copied.closed} more and {done.people} people while it was closed for {done.closed_seconds:.2f} s."
        )

    def _name_unfinished(self) -> None:
        found = moves()
        for one in found:
            self.stdout.write(str(one))
        if found:
            sys.exit(1)
        self.tell("No move was broken off.")
