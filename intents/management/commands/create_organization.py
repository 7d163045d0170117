"""`manage.py create_organization myorg`."""

from typing import Any

from django.core.management import CommandParser

from intents.accounts.services import tenancy
from intents.management.setup import ACTOR, SetupCommand


class Command(SetupCommand):
    help = "Make an organization. One that exists is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="how addresses name it: lower-case letters, digits and hyphens")
        parser.add_argument("--name", default="", help="how pages name it; the slug when left out")

    def handle(self, *, slug: str, name: str, **options: Any) -> None:
        made = tenancy.create_organization(actor=ACTOR, slug=slug, name=name)
        self.tell(f"The organization {made.object} {'is made' if made.new else 'exists already'}.")
