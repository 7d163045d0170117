"""`manage.py revoke_token 01a1f...`."""

from typing import Any

from django.core.management import CommandError, CommandParser

from intents.accounts.models import PersonToken
from intents.accounts.services import tokens
from intents.management.setup import ACTOR, SetupCommand, by_id_or_secret


class Command(SetupCommand):
    help = "End a person's token. Within 5 seconds nothing accepts it any more, open streams included."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("token", help="the token's id, or the token itself")

    def handle(self, *, token: str, **options: Any) -> None:
        found = by_id_or_secret(PersonToken.objects.select_related("user"), token)
        if found is None:
            raise CommandError("there is no such token")
        tokens.revoke_person_token(actor=ACTOR, token=found)
        self.tell(f"Token {found.id} of {found.user} is revoked.")
