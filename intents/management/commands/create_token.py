"""`manage.py create_token alice@example.com --workspace myorg/production --name laptop`."""

from typing import Any

from django.core.management import CommandParser

from intents.accounts.services import tokens
from intents.management import setup
from intents.management.setup import ACTOR, SetupCommand


class Command(SetupCommand):
    help = "Make a person's token for a workspace and print it, this once. Whoever has it acts as that person."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        setup.add_workspace(parser)
        parser.add_argument("--name", required=True, help="what it is for, as in: laptop")
        setup.add_expiry(parser)

    def handle(self, *, email: str, workspace: str, name: str, expires_in_days: float | None, **options: Any) -> None:
        token, secret = tokens.create_person_token(
            actor=ACTOR,
            workspace=setup.workspace(workspace),
            user=setup.person(email),
            name=name,
            expires_at=setup.expiry(expires_in_days),
        )
        self.tell(f"Token {token.id} of {token.user} for {token.workspace}:")
        self.show_secret(secret)
