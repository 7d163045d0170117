"""`manage.py audit_key`: the key by which others verify this server's checkpoints."""

from typing import Any

from django.core.management import BaseCommand

from intents.audit import notes


class Command(BaseCommand):
    help = "Print the public key that verifies this server's checkpoints and evidence."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(notes.verifier_key())
