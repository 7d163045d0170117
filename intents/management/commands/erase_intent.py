"""`manage.py erase_intent 01a1f... --workspace acme/production --reason "..."`."""

from typing import Any
from uuid import UUID

from django.core.management import CommandError, CommandParser

from intents.management.setup import ACTOR, SetupCommand, add_workspace, workspace
from intents.retention.services import requests


class Command(SetupCommand):
    help = "Erase what an intent that is over carried, and what those that are a part of it did. Its history still verifies."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("intent", help="the intent's id")
        add_workspace(parser)
        parser.add_argument("--reason", required=True, help="why, for the audit log")

    def handle(self, *, intent: str, reason: str, **options: Any) -> None:
        try:
            wanted = UUID(intent)
        except ValueError:
            raise CommandError(f"{intent} is no id of an intent") from None
        of = workspace(options["workspace"])
        rows = requests.erase(actor=ACTOR, workspace_id=of.id, intent_id=wanted, reason=reason)
        for row in rows:
            self.stdout.write(f"{row.intent_id} erased at {row.at:%Y-%m-%d %H:%M:%S} by {row.by}")
