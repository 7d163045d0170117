"""`manage.py set_status myorg/production suspended`."""

from typing import Any

from django.core.management import CommandError, CommandParser

from intents.accounts.models import TenantStatus
from intents.accounts.services import closing
from intents.management import setup
from intents.management.setup import ACTOR, SetupCommand


class Command(SetupCommand):
    help = "Let nothing go on in a workspace, or in all of an organization, or let it go on. Its people cannot undo it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("of", metavar="ORG[/WORKSPACE]", help="as in myorg, or myorg/production")
        parser.add_argument("status", choices=[str(one) for one in TenantStatus])

    def handle(self, *, of: str, status: str, **options: Any) -> None:
        if "/" in of and status == TenantStatus.PENDING:
            raise CommandError("an organization alone is pending")
        found = setup.workspace(of) if "/" in of else setup.organization(of)
        closing.set_status(actor=ACTOR, of=found, status=TenantStatus(status))
        self.tell(f"{found} is {status} now.")
