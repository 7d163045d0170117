"""Sessions of agents, for an actor, and what threads consist of. What an actor may not see is missing."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from intents.engine.models import Intent, IntentEvent, ThreadViewer
from intents.kernel.actors import OPERATORS, WATCHERS, Machine, Scope, Tenant, sides
from intents.kernel.errors import Missing
from intents.threads.models import AgentSession, HiddenEntry, SessionMessage

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


def in_workspace(actor: Tenant, intent_id: UUID) -> Intent | None:
    """An intent of the actor's workspace; whether it is a thread of theirs is for the caller to tell."""
    return Intent.objects.filter(workspace_id=actor.workspace_id, id=intent_id).first()


def viewer_of(row: Intent, name: str) -> ThreadViewer | None:
    """How a thread that was delegated is in the inbox of the address `name`. Checks no actor."""
    return ThreadViewer.objects.filter(workspace_id=row.workspace_id, name=name, intent_id=row.id).first()


def entries_of(row: Intent) -> QuerySet[IntentEvent]:
    """The history of an intent, oldest first. Checks no actor."""
    return IntentEvent.objects.filter(intent_id=row.id).order_by("seq")


def hidden_entries(row: Intent, name: str | None) -> set[UUID]:
    """The ids of what was hidden of a thread for the address `name`, or for all. Checks no actor."""
    return set(HiddenEntry.objects.filter(intent_id=row.id, name=name).values_list("event_id", flat=True))
