"""`manage.py audit_invariants`: whether every rule of the stored rows holds."""

import sys
from typing import Any

from django.core.management import BaseCommand

from intents.engine import invariants


class Command(BaseCommand):
    help = "Check the invariants of the stored intents. Exits with 1 and a line for each rule that an intent breaks."

    def handle(self, *args: Any, **options: Any) -> None:
        with invariants.snapshot():
            found = invariants.findings()
        for finding in found:
            self.stdout.write(str(finding))
        if found:
            sys.exit(1)
        self.stdout.write(f"All {len(invariants.RULES)} invariants hold.")
