"""`manage.py create_key order-service --workspace myorg/production`."""

from typing import Any

from django.core.management import CommandParser

from intents.accounts.services import keys
from intents.kernel.actors import Scope
from intents.management import setup
from intents.management.setup import ACTOR, SetupCommand


class Command(SetupCommand):
    help = "Make a machine key for an agent and print it, this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("agent", help="its name in the workspace, or its whole address")
        setup.add_workspace(parser)
        parser.add_argument(
            "--scope",
            choices=[scope.value for scope in Scope],
            default=Scope.OWN.value,
            help="own: this agent's address alone (the default); workspace: every address of the workspace",
        )
        setup.add_expiry(parser)

    def handle(self, *, agent: str, workspace: str, scope: str, expires_in_days: float | None, **options: Any) -> None:
        of = setup.agent(setup.workspace(workspace), agent)
        ends = setup.expiry(expires_in_days)
        key, secret = keys.create_key(actor=ACTOR, agent=of, scope=Scope(scope), expires_at=ends)
        self.tell(f"Key {key.id} of {of}, scope {key.scope}:")
        self.show_secret(secret)
