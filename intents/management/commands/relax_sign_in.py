"""`manage.py relax_sign_in myorg/production`: for when nobody meets the rules for signing in any more."""

from typing import Any

from django.core.management import CommandParser

from intents.accounts import selectors as accounts
from intents.accounts.services import sign_in_rules
from intents.management import setup
from intents.management.setup import ACTOR, SetupCommand


class Command(SetupCommand):
    help = "Require nothing for signing in to a workspace any more, and end its limits for sessions. On the audit log."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", help="as in: myorg/production")

    def handle(self, *, workspace: str, **options: Any) -> None:
        at = setup.workspace(workspace)
        rules = accounts.sign_in_rules(at.id)
        if rules is not None:
            sign_in_rules.relax(actor=ACTOR, rules=rules)
        self.tell(f"Nothing is required for signing in to {at} now.")
