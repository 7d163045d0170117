"""`manage.py erase_person bob@example.com`."""

from typing import Any

from django.core.management import CommandParser

from intents.management.setup import ACTOR, SetupCommand
from intents.retention.persons import UNNAMED
from intents.retention.services import people


class Command(SetupCommand):
    help = (
        "Erase a person who belongs to no workspace any more: account, name, and the address wherever it stands, but in what"
        " agents sent (erase_intent does that). What they did stays, by somebody unnamed. It reads every table once, a few"
        " thousand rows a transaction; broken off, it goes on where it was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="their address")

    def handle(self, *, email: str, **options: Any) -> None:
        user_id = people.erase(actor=ACTOR, email=email)
        self.stdout.write(f"Erased. What they did is by {user_id.hex}@{UNNAMED} now.")
