"""Sessions of agents, for an actor. What an actor may not see is missing."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from intents.kernel.actors import OPERATORS, WATCHERS, Machine, Scope, Tenant, sides
from intents.kernel.errors import Missing
from intents.threads.models import AgentSession, SessionMessage

MOST = 200


def sessions(actor: Tenant, *, writing: bool = False) -> QuerySet[AgentSession]:
    """Those that the actor may see, or write to, newest first: a workspace key all of them, an own key those that its agent
    began, a person all by a role that watches, and to write one that operates."""
    found = AgentSession.objects.filter(workspace_id=actor.workspace_id).order_by("-id")
    own = Q(pk__in=[])
    for side in sides(actor):
        if not isinstance(side, Machine):
            whole = side.role in (OPERATORS if writing else WATCHERS)
        else:
            whole = side.scope is Scope.WORKSPACE
            own |= Q(owner=side.name)
        if whole:
            return found
    return found.filter(own)


def session(actor: Tenant, session_id: UUID, *, writing: bool = False, lock: bool = False) -> AgentSession:
    """Raises Missing."""
    found = sessions(actor, writing=writing).filter(id=session_id)
    row = (found.select_for_update() if lock else found).first()
    if row is None:
        raise Missing(f"no session has the id {session_id}")
    return row


def messages(row: AgentSession, *, since: int, limit: int) -> list[SessionMessage]:
    """The next ones after a number, of a session that was found for the actor."""
    return list(SessionMessage.objects.filter(session=row, seq__gt=since).order_by("seq")[:limit])


def with_more(places: Iterable[tuple[UUID, int]]) -> dict[UUID, AgentSession]:
    """Of these sessions, read up to those numbers, the ones with more, or that are completed. Checks no actor."""
    known = dict(places)
    rows = AgentSession.objects.filter(id__in=known)
    return {row.id: row for row in rows if row.seq > known[row.id] or row.completed_at is not None}
