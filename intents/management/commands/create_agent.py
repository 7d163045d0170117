"""`manage.py create_agent order-service --workspace myorg/production`."""

from typing import Any

from django.core.management import CommandParser

from intents.accounts.services import agents
from intents.kernel.actors import full_address
from intents.management import setup
from intents.management.setup import ACTOR, SetupCommand


class Command(SetupCommand):
    help = "Register an agent under an address. A name that is taken is refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="its name in the workspace, or its whole address")
        setup.add_workspace(parser)
        parser.add_argument("--display-name", default="", help="how pages name it")

    def handle(self, *, name: str, workspace: str, display_name: str, **options: Any) -> None:
        into = setup.workspace(workspace)
        agent = agents.create_agent(actor=ACTOR, workspace=into, name=name, display_name=display_name)
        self.tell(f"{full_address(into.organization.slug, into.slug, agent.name)} is registered. It has no key yet.")
