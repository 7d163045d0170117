"""`manage.py create_workspace myorg/production`."""

from typing import Any

from django.core.management import CommandParser

from intents.accounts.services import tenancy
from intents.management import setup
from intents.management.setup import ACTOR, SetupCommand


class Command(SetupCommand):
    help = "Make a workspace in an organization. One that exists is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("workspace", metavar="ORG/WORKSPACE", help="as in myorg/production")
        parser.add_argument("--name", default="", help="how pages name it; its slug when left out")

    def handle(self, *, workspace: str, name: str, **options: Any) -> None:
        org, slug = setup.split(workspace)
        made = tenancy.create_workspace(actor=ACTOR, organization=setup.organization(org), slug=slug, name=name)
        self.tell(f"The workspace {made.object} {'is made' if made.new else 'exists already'}.")
