"""Where somebody may act who is signed in by a command line."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from intents.accounts import requirements, stops
from intents.accounts.models import EVERYTHING, CommandLine
from intents.kernel import clock, statements
from intents.kernel.actors import Role

_PLACES = f"""
SELECT w.id, w.name, w.environment, o.id, o.name, m.role,
       CASE WHEN {requirements.FROM} <= {clock.NOW}
            THEN coalesce({requirements.lacking("%(provider)s::text <> ''")}, '') ELSE '' END,
       o.status, coalesce(nullif(c.state, '{stops.MOVING}'), '')
FROM intents_member m
JOIN intents_user u ON u.id = m.user_id
JOIN intents_workspace w ON w.id = m.workspace_id
JOIN intents_organization o ON o.id = w.organization_id
{requirements.JOIN}
LEFT JOIN intents_agentstop c ON c.workspace_id = w.id AND c.name = '{EVERYTHING}'
WHERE m.user_id = %(user)s AND u.is_active AND m.suspended_at IS NULL
ORDER BY o.name, w.name, w.id
"""


class MemberOf(NamedTuple):
    """A workspace that a person is a member of. `lacks` is what it requires and they do not have: then they may not act
    there. `stopped` is its status, or that of its organization, where nothing goes on there."""

    workspace_id: UUID
    workspace: str
    environment: str
    org_id: UUID
    organization: str
    role: Role
    lacks: str
    org_status: str
    stopped: str


def of(user_id: UUID, *, provider: str) -> list[MemberOf]:
    """The workspaces of a user who is signed in by this identity provider, "" for none, in the order of their names."""
    params = {"user": user_id, "provider": provider, "now": clock.override()}
    return [MemberOf._make(row)._replace(role=Role(row[5])) for row in statements.rows(_PLACES, params)]


_LASTING = f"""
SELECT 1 FROM intents_persontoken t
JOIN intents_user u ON u.id = t.user_id
JOIN intents_member m ON m.user_id = t.user_id AND m.workspace_id = t.workspace_id
{requirements.JOIN}
WHERE t.id = %(session)s AND u.is_active AND m.suspended_at IS NULL
  AND {requirements.BEARER_LASTS} AND {requirements.BEARER_MAY}
"""


def line(session_id: UUID, *, lock: bool = False) -> CommandLine | None:
    """A command line whose session has not ended, with its token and person. Checks no actor."""
    found = CommandLine.objects.filter(token_id=session_id).select_related("token__user")
    row = (found.select_for_update(of=("self",)) if lock else found).first()
    lasts = row and statements.rows(_LASTING, {"session": session_id, "now": clock.override()})
    return row if lasts else None


def lines(user_id: UUID, now: datetime, *, ended: bool = False) -> list[CommandLine]:
    """A user's command lines, the latest used first; those that have ended too, if asked for. Checks no actor."""
    found = CommandLine.objects.filter(token__user_id=user_id).select_related("token__user")
    if not ended:
        found = found.filter(token__revoked_at=None, token__expires_at__gt=now)
    return list(found.order_by("-token__last_used_at", "-id"))
