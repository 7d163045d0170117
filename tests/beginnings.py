"""What tests begin with: workspaces, people and agents, in the very rows that the services store, by one statement each.

Nearly every test needs a few of them. Made by the services, which look before they write and write row by row, they would
cost most tests more than what these are about. `tests/test_beginnings.py` makes them both ways and finds the same.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import Model
from django.utils import timezone

from intents.accounts.models import Agent, AgentKey, AuditEntry, Member, Organization, PersonToken, User, Workspace
from intents.accounts.services import keys, tokens
from intents.feed.acts import EVENT_OF
from intents.feed.models import WorkspaceEvent
from intents.feed.services.publish import SERVER
from intents.kernel import canonical, clock, live, secrets, statements, tracing
from intents.kernel.actors import Role, Scope, System

SETUP = System(name="tests")

_ORGANIZATION = f"SELECT {statements.columns(Organization, 'o')} FROM intents_organization o WHERE o.slug = %s"
_AGENT = f"""
SELECT {statements.columns(Agent, "a")} FROM intents_agent a WHERE a.workspace_id = %s AND a.name = %s ORDER BY a.id LIMIT 1
"""


class _Rows:
    """New rows and what the audit log and the feed have of them. `at` is the time by the domain's clock, `wall` by Django's,
    which gives rows their `created_at`."""

    def __init__(self) -> None:
        self.wall = timezone.now()
        self.at = clock.override() or self.wall
        self._rows: list[Model] = []

    def add(self, *rows: Model) -> None:
        self._rows += rows

    def note(self, workspace: Workspace, action: str, subject: str, **details: Any) -> None:
        """What `audit.note` writes, and those who hear of it."""
        told = {"workspace_id": workspace.id, "actor": SETUP.label, "at": self.at, "subject": subject}
        self.add(AuditEntry(action=action, details=details, **told))
        if action in EVENT_OF:
            trace = tracing.current()
            ids = {"trace_id": trace.trace_id, "request_id": trace.request_id}
            written = canonical.dumps(details)
            self.add(WorkspaceEvent(event_type=EVENT_OF[action], source=SERVER, details=written, **told, **ids))

    def store(self) -> None:
        """By one statement."""
        by_table = sorted(self._rows, key=lambda row: row._meta.db_table)
        statements.insert(*(list(rows) for _, rows in groupby(by_table, key=type)))
        if any(isinstance(row, WorkspaceEvent) for row in self._rows):
            live.wake_up(recorded=True)


def workspace(organization: str, slug: str) -> Workspace:
    """A new workspace, of an organization that is made when there is none."""
    rows = _Rows()
    made_at = {"created_at": rows.wall, "updated_at": rows.wall}
    found = statements.objects(Organization, _ORGANIZATION, [organization])
    owner = found[0] if found else Organization(slug=organization, name=organization, **_EMPTY, **made_at)
    made = Workspace(organization=owner, slug=slug, name=slug, region="", **made_at)
    rows.add(*([] if found else [owner]), made)
    rows.note(made, "workspace.create", str(made))
    rows.store()
    return made


_EMPTY = {"legal_name": "", "primary_domain": ""}


def person(workspace: Workspace, email: str, role: Role) -> tuple[User, PersonToken, str]:
    """Somebody new with a role, and a token of theirs with its secret."""
    rows = _Rows()
    user = User(email=email.strip().lower(), email_verified_at=rows.at, created_at=rows.wall)
    user.set_unusable_password()
    rows.add(user, Member(workspace=workspace, user=user, role=role, created_at=rows.wall))
    rows.note(workspace, "member.set", user.email, role=str(role))
    token, secret = _token(rows, workspace, user)
    rows.store()
    return user, token, secret


def token(workspace: Workspace, user: User, *, expires_at: datetime | None = None) -> tuple[PersonToken, str]:
    """A token of a member, and its secret."""
    rows = _Rows()
    made = _token(rows, workspace, user, expires_at)
    rows.store()
    return made


def _token(rows: _Rows, workspace: Workspace, user: User, expires_at: datetime | None = None) -> tuple[PersonToken, str]:
    secret = f"{tokens.PREFIX}{secrets.new_token()}"
    made = PersonToken(
        workspace=workspace,
        user=user,
        name="test",
        hint=f"{tokens.PREFIX}…{secret[-4:]}",
        fingerprint=secrets.fingerprint(secret),
        created_at=rows.wall,
        expires_at=expires_at,
    )
    rows.add(made)
    rows.note(workspace, "person_token.create", user.email, hint=made.hint)
    return made, secret


def machine(
    workspace: Workspace, name: str, scope: Scope, *, tools: Sequence[str] = (), expires_at: datetime | None = None
) -> tuple[Agent, AgentKey, str]:
    """The agent `name`, which is registered when it is not, and a key of it with its secret."""
    rows = _Rows()
    found = statements.objects(Agent, _AGENT, [workspace.id, name])
    agent = found[0] if found else _agent(rows, workspace, name)
    agent.workspace = workspace
    secret = f"{keys.PREFIX}{agent.id.hex}_{secrets.new_token()}"
    key = AgentKey(
        workspace=workspace,
        agent=agent,
        scope=scope,
        tools=sorted(set(tools)),
        hint=f"{keys.PREFIX}…{secret[-4:]}",
        fingerprint=secrets.fingerprint(secret),
        created_by=SETUP.label,
        created_at=rows.wall,
        expires_at=expires_at,
    )
    rows.add(key)
    rows.note(workspace, "key.create", name, hint=key.hint, scope=str(scope))
    rows.store()
    return agent, key, secret


def _agent(rows: _Rows, workspace: Workspace, name: str) -> Agent:
    made = Agent(workspace=workspace, name=name, created_by=SETUP.label, created_at=rows.wall, updated_at=rows.wall)
    rows.add(made)
    rows.note(workspace, "agent.create", name)
    return made
