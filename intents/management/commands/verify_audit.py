"""`manage.py verify_audit`: whether the stored histories are those that were written."""

import sys
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from intents.audit import checkpoints, tree
from intents.engine import chains, erasing, invariants
from intents.engine.models import IntentEvent


class Command(BaseCommand):
    help = (
        "Recompute the hash chain of every intent and the tree of all events, and compare it with the checkpoints of the"
        " database, of AUDIT_FILE and of the files named. Exits with 1 and a line for whatever was changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--checkpoints", action="append", default=[], help="a file of checkpoints that were kept elsewhere"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            kept = [one for path in options["checkpoints"] for one in checkpoints.read(Path(path))]
            kept += checkpoints.written()
        except OSError as error:
            raise CommandError(f"cannot read {error.filename}: {error.strerror}") from None
        with invariants.snapshot():
            broken = [*chains.broken_chains(), *chains.broken_removals(), *tree.faults()]
            broken += checkpoints.faults([*kept, *checkpoints.stored()])
            events, size, erased = IntentEvent.objects.count(), tree.size(), erasing.counts()
        for finding in broken:
            self.stdout.write(str(finding))
        if broken:
            sys.exit(1)
        self.stdout.write(f"All chains hold ({events} events, {size} events in the tree).")
        if any(erased):
            self.stdout.write(
                f"Erased on record: the contents of {erased.contents} intents, {erased.removed} intents as a whole."
            )
