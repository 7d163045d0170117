"""What the commands that set up organizations, people and keys share.

A secret is the only thing such a command prints to standard output, so that `KEY=$(manage.py create_key ...)` holds the key
and nothing else. Everything said to the reader goes to standard error.
"""

from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import OperationalError
from django.db.models import QuerySet

from intents.accounts import selectors as accounts
from intents.accounts.models import Agent, AgentKey, Organization, PersonToken, User, Workspace
from intents.kernel import clock
from intents.kernel.actors import System
from intents.kernel.addresses import local_name
from intents.kernel.errors import DomainError
from intents.kernel.secrets import fingerprint

ACTOR = System(name="command")
Credential = TypeVar("Credential", AgentKey, PersonToken)


class SetupCommand(BaseCommand):
    """A refusal of the domain, or a database that does not answer, ends the command with one line."""

    # They look at the whole site, all of its pages too, of which nothing is needed here.
    requires_system_checks: list[str] = []

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            return super().execute(*args, **options)
        except DomainError as error:
            raise CommandError(error.message) from None
        except OperationalError as error:
            reason = str(error).strip().partition("\n")[0]
            raise CommandError(f"the database does not answer; is the server running? ({reason})") from None

    def tell(self, text: str) -> None:
        self.stderr.write(text, self.style.SUCCESS)

    def show_secret(self, secret: str) -> None:
        self.stdout.write(secret)
        self.tell("This is the only time it is shown.")


def add_workspace(parser: CommandParser) -> None:
    parser.add_argument("--workspace", required=True, metavar="ORG/WORKSPACE", help="as in myorg/production")


def add_expiry(parser: CommandParser) -> None:
    parser.add_argument("--expires-in-days", type=float, metavar="DAYS", help="without it, it never expires")


def expiry(days: float | None) -> datetime | None:
    """When something that is to last `days` ends. Raises CommandError for what no calendar holds."""
    try:
        return None if days is None else clock.now() + timedelta(days=days)
    except (OverflowError, ValueError):
        raise CommandError(f"--expires-in-days {days} is no number of days that can be counted") from None


def organization(slug: str) -> Organization:
    """Raises CommandError."""
    found = accounts.organization_called(slug)
    if found is None:
        raise CommandError(f"there is no organization {slug}: make it with create_organization {slug}")
    return found


def split(path: str) -> tuple[str, str]:
    """`org/workspace` in its two parts. Raises CommandError."""
    org, slash, workspace = path.partition("/")
    if not (org and slash and workspace) or "/" in workspace:
        raise CommandError(f"{path} names no workspace; write organization/workspace, as in myorg/production")
    return org, workspace


def workspace(path: str) -> Workspace:
    """The workspace `org/workspace`. Raises CommandError."""
    org, slug = split(path)
    found = accounts.workspace_called(org, slug)
    if found is None:
        raise CommandError(f"there is no workspace {path}: make it with create_workspace {path}")
    return found


def agent(workspace: Workspace, name: str) -> Agent:
    """Raises CommandError, InvalidAddress, AgentNotFound."""
    local = local_name(name, org=workspace.organization.slug, workspace=workspace.slug)
    found = accounts.agents_of(workspace.id).filter(name=local).first()
    if found is None:
        raise CommandError(f"no agent is registered as {local} in {workspace}: make it with create_agent {local}")
    return found


def person(email: str) -> User:
    """Raises CommandError."""
    found = accounts.known_as(email.strip().lower())
    if found is None:
        raise CommandError(f"nobody is registered as {email}: make them with create_person {email}")
    return found


def by_id_or_secret(among: QuerySet[Credential], text: str) -> Credential | None:
    """A credential by its id; or by itself, which is what one has of a leaked one."""
    try:
        return among.filter(id=UUID(text)).first()
    except ValueError:
        return among.filter(fingerprint=fingerprint(text)).first()
