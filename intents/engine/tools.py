"""Outside tools of a workspace: how each signs its calls, and which of those were refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from intents.engine.incoming.signatures import Scheme, Style
from intents.engine.models import RefusedCall, RefusedIncoming, Tool
from intents.kernel import clock, statements
from intents.kernel.actors import ADMINS, Machine, Person, Scope, Tenant, sides
from intents.kernel.errors import Denied, Missing, Unavailable
from intents.sending import keeping

SHOWN = 20
"""Refused calls of a tool that are shown, the last ones."""


def ensure_manages(actor: Tenant) -> Tenant:
    """Who of the request manages tools: an owner or admin, or a workspace key. Raises Denied."""
    for side in reversed(sides(actor)):
        match side:
            case Person() if side.role in ADMINS:
                return side
            case Machine() if side.scope is Scope.WORKSPACE:
                return side
    raise Denied("only an owner, an admin or a workspace key manages tools")


_TOOL = f"SELECT {statements.columns(Tool, 't')} FROM intents_tool t WHERE t.workspace_id = %s"


def tools(actor: Tenant) -> Sequence[Tool]:
    """The tools of the actor's workspace, by their names. Raises Denied."""
    return statements.objects(Tool, f"{_TOOL} ORDER BY t.name", [ensure_manages(actor).workspace_id])


def tool(actor: Tenant, *, name: str) -> Tool:
    """Raises Denied, Missing."""
    found = named(ensure_manages(actor).workspace_id, name)
    if found is None:
        raise Missing(f"no tool is named {name[:120]}", tool=name[:120])
    return found


def tool_by_id(actor: Tenant, tool_id: UUID) -> Tool:
    """Raises Denied, Missing."""
    found = statements.objects(Tool, f"{_TOOL} AND t.id = %s", [ensure_manages(actor).workspace_id, tool_id])
    if not found:
        raise Missing(f"no tool has the id {tool_id}")
    return found[0]


def named(workspace_id: UUID, name: str, *, lock: bool = False) -> Tool | None:
    """Checks no actor."""
    found = statements.objects(Tool, f"{_TOOL} AND t.name = %s{' FOR UPDATE' if lock else ''}", [workspace_id, name])
    return found[0] if found else None


_REFUSED = f"""
SELECT {statements.columns(RefusedCall, "r")} FROM intents_refusedcall r
WHERE r.workspace_id = %s AND r.tool = %s ORDER BY r.id DESC LIMIT {SHOWN}
"""


def refused_calls(row: Tool) -> Sequence[RefusedCall]:
    """The last calls for the tool that were refused, the newest first. Checks no actor."""
    return statements.objects(RefusedCall, _REFUSED, [row.workspace_id, row.name])


_REFUSED_INCOMING = f"""
SELECT {statements.columns(RefusedIncoming, "r")} FROM intents_refusedincoming r
WHERE r.tool_id = %s ORDER BY r.at DESC, r.id DESC LIMIT {SHOWN}
"""


def refused_incoming(row: Tool) -> Sequence[RefusedIncoming]:
    """Why calls of the tool's one address were refused, the last first. Checks no actor."""
    return statements.objects(RefusedIncoming, _REFUSED_INCOMING, [row.id])


def address(row: Tool) -> str | None:
    """Where the tool sends all its calls to, None for one that is given an address for each wait."""
    return f"{settings.BASE_URL}/v1/incoming/{row.id}" if row.external_id_at else None


class LastRefused(NamedTuple):
    """When a call of a tool was last refused."""

    tool: str
    at: datetime


_LAST = """
SELECT tool, max(at) FROM (
    SELECT tool, at FROM intents_refusedcall WHERE workspace_id = %(workspace)s AND tool = ANY(%(names)s)
    UNION ALL SELECT t.name, r.at FROM intents_refusedincoming r JOIN intents_tool t ON t.id = r.tool_id
    WHERE t.workspace_id = %(workspace)s AND t.name = ANY(%(names)s)
) refused GROUP BY tool
"""


def last_refused(rows: Sequence[Tool]) -> dict[str, datetime]:
    """By the names of tools of one workspace. Checks no actor."""
    if not rows:
        return {}
    found = statements.rows(_LAST, {"workspace": rows[0].workspace_id, "names": [row.name for row in rows]})
    return {one.tool: one.at for one in (LastRefused(*row) for row in found)}


def scheme(row: Tool) -> Scheme:
    """How the tool signs."""
    return Scheme(
        style=Style(row.style),
        header=row.header,
        timestamp_header=row.timestamp_header,
        tolerance_seconds=row.tolerance_seconds,
    )


def secrets_of(row: Tool, *, now: datetime) -> list[str]:
    """Those in force. Raises Unavailable when they cannot be read: that is for whoever runs the server."""
    try:
        return keeping.in_force(bytes(row.signing), now=now)
    except ValueError:
        raise Unavailable(f"the secrets of the tool {row.name} cannot be read any more; set a new one") from None


@dataclass(frozen=True, slots=True)
class CalledBack:
    """What a callback address belongs to. `tool` is the name its wait has; `signs` how that tool signs, None where it does
    not have to; `now` the time."""

    intent_id: UUID
    wait_id: UUID
    workspace_id: UUID
    tool: str
    now: datetime
    signs: Tool | None


_AT = f"SELECT {statements.columns(Tool, 't')} FROM intents_tool t WHERE t.id = %s AND t.external_id_at <> ''"


def called_at(tool_id: UUID) -> Tool | None:
    """The tool whose one address has this id, None where there is none. Checks no actor: whoever calls has to sign."""
    found = statements.objects(Tool, _AT, [tool_id])
    return found[0] if found else None


# The wait says what it is for in its specification, whether or not it also names a job.
_CALLED = f"""
SELECT c.intent_id, c.wait_id, c.workspace_id, coalesce(w.spec::jsonb ->> 'tool', ''), {clock.NOW},
       {statements.columns(Tool, "t")}
FROM intents_callback c JOIN intents_wait w ON w.id = c.wait_id
LEFT JOIN intents_tool t ON t.workspace_id = c.workspace_id AND t.name = w.spec::jsonb ->> 'tool'
WHERE c.fingerprint = %(fingerprint)s
"""


def called_back(fingerprint: bytes) -> CalledBack | None:
    """What the callback address with the token of this fingerprint belongs to. Checks no actor: the token is the key."""
    found = statements.rows(_CALLED, {"fingerprint": fingerprint, "now": clock.override()})
    if not found:
        return None
    intent_id, wait_id, workspace_id, name, now, *row = found[0]
    signs = statements.made(Tool, row) if row[0] is not None else None
    return CalledBack(intent_id, wait_id, workspace_id, name, now, signs)
