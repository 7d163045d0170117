"""`manage.py revoke_key 01a1f...`."""

from typing import Any

from django.core.management import CommandError, CommandParser

from intents.accounts.models import AgentKey
from intents.accounts.services import keys
from intents.management.setup import ACTOR, SetupCommand, by_id_or_secret


class Command(SetupCommand):
    help = "End a machine key. Within 5 seconds nothing accepts it any more, open streams included."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", help="the key's id, or the key itself")

    def handle(self, *, key: str, **options: Any) -> None:
        found = by_id_or_secret(AgentKey.objects.select_related("agent"), key)
        if found is None:
            raise CommandError("there is no such key")
        keys.revoke_key(actor=ACTOR, key=found)
        self.tell(f"Key {found.id} of {found.agent} is revoked.")
