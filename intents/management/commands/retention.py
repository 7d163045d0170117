"""`manage.py retention --workspace acme/production`: erase now what is past its time, or only count it."""

import time
from typing import Any

from django.core.management import CommandError, CommandParser

from intents.management.setup import SetupCommand, add_workspace, workspace
from intents.retention import rules, runner, selectors

LONG = 24 * 3600.0


class Command(SetupCommand):
    help = "Erase and remove what is past the retention of a workspace, or with --dry-run only count it."

    def add_arguments(self, parser: CommandParser) -> None:
        add_workspace(parser)
        parser.add_argument("--dry-run", action="store_true", help="count by status, type and age, and change nothing")

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        of = workspace(options["workspace"])
        row = selectors.retention(of.id)
        planned = rules.loads(row.rules) if row else []
        if not rules.steps(planned):
            self.stdout.write(f"{of} keeps everything.")
        elif dry_run:
            self._count(selectors.due(of.id, planned))
        else:
            self._run(of.id)

    def _count(self, found: list[selectors.DueErasures]) -> None:
        for one in found:
            age = f"{one.from_days} days and older" if one.to_days is None else f"{one.from_days} to {one.to_days} days"
            most = "" if one.counted_all else " at least"
            self.stdout.write(
                f"{one.action}{most} {one.count - one.held} of {one.intent_type}, {one.status}, {age} old; {one.held} held"
            )
        if not found:
            self.stdout.write("Nothing is past its time.")

    def _run(self, workspace_id: Any) -> None:
        row = runner.take(workspace_id)
        if row is None:
            raise CommandError("a worker is at it: its progress is on the page Settings > Data")
        if not runner.carry_on(row, until=time.monotonic() + LONG):
            raise CommandError("the rules were changed meanwhile: run it again")
        self.stdout.write(f"Erased {row.erased}, removed {row.removed}, held {row.held}.")
