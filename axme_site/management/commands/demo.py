"""`manage.py demo`: the workspace `myorg/production` to try things in, with its secrets in DATA_DIR/demo.env.

With `--fill`, agents that live in the server ask people there, the first time.
"""

import secrets
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError, CommandParser

from axme_site.demo import env_file, sign_in
from axme_site.demo.cast import PEOPLE
from axme_site.demo.fill import fill
from intents.accounts.models import Agent, AgentKey, AgentStatus, User, Workspace
from intents.accounts.services import agents, keys, tenancy, tokens
from intents.kernel.actors import Scope, System
from intents.kernel.secrets import fingerprint

ACTOR = System(name="demo")
ORGANIZATION, WORKSPACE = "myorg", "production"
KEY_HOLDER = "demo"
AGENTS = (KEY_HOLDER, "order-service")


class Command(BaseCommand):
    help = "Make the demo workspace myorg/production and write its keys and passwords to DATA_DIR/demo.env."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fill", action="store_true", help="with intents to decide, unless it was filled before")

    def handle(self, *args: Any, **options: Any) -> None:
        values = env_file.read()
        if not is_known_here(values) or any(f"{prefix}_EMAIL" not in values for prefix, *_ in PEOPLE):
            values = make()
        # Until 0.3.0 it had the name of a setting, which then could not be read.
        values.setdefault(sign_in.VARIABLE, values.pop("DEMO_SIGN_IN", "") or sign_in.new_secret())
        try:
            env_file.write(values | {"AXME_BASE_URL": settings.BASE_URL})
        except OSError as error:
            raise CommandError(f"cannot write {env_file.path()}: {error.strerror}; set another DATA_DIR") from None
        if options["fill"]:
            fill(actor=ACTOR, workspace=Workspace.objects.get(organization__slug=ORGANIZATION, slug=WORKSPACE))


def is_known_here(values: dict[str, str]) -> bool:
    """Whether this database issued the key that `values` names: the file may be of another one."""
    key = AgentKey.objects.filter(fingerprint=fingerprint(values.get("AXME_API_KEY", "")), revoked_at__isnull=True)
    return key.exists()


def make() -> dict[str, str]:
    """Create what is missing of the demo workspace. Returns new keys, tokens and passwords for all of it."""
    organization = tenancy.create_organization(actor=ACTOR, slug=ORGANIZATION, name="My organization").object
    workspace = tenancy.create_workspace(actor=ACTOR, organization=organization, slug=WORKSPACE, name="Production").object
    for name in AGENTS:
        _agent(workspace, name)
    _, api_key = keys.create_key(actor=ACTOR, agent=_agent(workspace, KEY_HOLDER), scope=Scope.WORKSPACE)
    values = {"AXME_API_KEY": api_key}
    for prefix, email, name, role in PEOPLE:
        password = secrets.token_urlsafe(12)
        user = _person(email, name, password)
        tenancy.set_member(actor=ACTOR, workspace=workspace, user=user, role=role)
        _, token = tokens.create_person_token(actor=ACTOR, workspace=workspace, user=user, name="demo")
        values |= {f"{prefix}_EMAIL": email, f"{prefix}_PASSWORD": password, f"{prefix}_TOKEN": token}
    # The SDK's actor is the person who decides.
    return values | {"AXME_ACTOR_TOKEN": values["DEMO_MANAGER_TOKEN"]}


def _agent(workspace: Workspace, name: str) -> Agent:
    found = Agent.objects.filter(workspace=workspace, name=name).exclude(status=AgentStatus.DELETED).first()
    return found or agents.create_agent(actor=ACTOR, workspace=workspace, name=name)


def _person(email: str, name: str, password: str) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        return tenancy.create_person(actor=ACTOR, email=email, name=name, password=password)
    user.set_password(password)
    user.save(update_fields=["password"])
    return user
