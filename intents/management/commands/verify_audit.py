"""`manage.py verify_audit`: whether the stored histories are those that were written."""

import sys
from typing import Any

from django.core.management import BaseCommand

from intents.engine import invariants
from intents.engine.models import IntentEvent


class Command(BaseCommand):
    help = "Recompute the hash chain of every intent. Exits with 1 and a line for each history that was changed."

    def handle(self, *args: Any, **options: Any) -> None:
        with invariants.snapshot():
            broken = list(invariants.broken_chains())
            events = IntentEvent.objects.count()
        for finding in broken:
            self.stdout.write(str(finding))
        if broken:
            sys.exit(1)
        self.stdout.write(f"All chains hold ({events} events).")
