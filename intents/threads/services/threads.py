"""What one does with a thread of an inbox: answer, delegate, approve or reject, and clear it from view."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from intents.accounts import audit, limits, stops
from intents.engine import permissions, selectors
from intents.engine.human_gate import gate
from intents.engine.lifecycle import TERMINAL, EventType, Status, refusal
from intents.engine.models import Intent, ThreadViewer
from intents.engine.models.intent import THIS_TRANSACTION
from intents.engine.selectors import calling
from intents.engine.services import work
from intents.engine.services.transitions import note
from intents.kernel import live
from intents.kernel.actors import OPERATORS, Machine, Person, Role, Tenant, key_of
from intents.kernel.addresses import local_name
from intents.kernel.errors import AgentNotFound, Denied, InvalidField, Missing
from intents.kernel.unit_of_work import unit
from intents.threads.models import HiddenEntry
from intents.threads.selectors import entries_of, hidden_entries
from intents.threads.services.views import Owner, Part, Thread, missing, part, shown


def _locked(actor: Tenant, owner: Owner, intent_id: UUID) -> tuple[Intent, Part, datetime]:
    """The intent of a thread of `owner`, locked. Raises Missing, and AgentStopped for who speaks as an agent that may do
    nothing."""
    key = key_of(actor)
    locked = selectors.lock_many([intent_id], speaking=(key.name, owner.name) if key else ())
    row = locked.intents.get(intent_id)
    if row is None or row.workspace_id != actor.workspace_id or (owned := part(row=row, name=owner.name)) is None:
        raise missing(intent_id)
    if row.stopped:
        stops.ensure_acts(row.stopped, *((actor.name, owner.name) if isinstance(actor, Machine) else ()))
    return row, owned, locked.now


def _ensure_open(row: Intent, what: str) -> None:
    if row.status in TERMINAL:
        raise refusal(Status(row.status), what)


@unit
def reply(*, actor: Tenant, owner: Owner, intent_id: UUID, message: str) -> Thread:
    """Add a message to the intent's history. Raises Missing, Denied, InvalidTransition: nothing follows an ending."""
    row, _, now = _locked(actor, owner, intent_id)
    replying = _agent_of(actor, owner) or actor
    if isinstance(replying, Person) and replying.role is Role.VIEWER:
        raise Denied("viewers can't reply")
    _ensure_open(row, "takes no more messages")
    limits.spend(actor.workspace_id, "inbox_writes_per_day", 1)
    note(intent=row, event_type=EventType.COMMENT, actor=replying, now=now, details={"message": message})
    return shown(row=row, owner=owner)


@unit
def delegate(*, actor: Tenant, owner: Owner, intent_id: UUID, delegate_to: str, text: str | None = None) -> Thread:
    """Let another address see and handle the thread, beside the owner. The intent stays in the mailbox it is in: handing
    the work itself on is the agent's transfer.

    Raises Missing, Denied, InvalidField, InvalidAddress, AgentNotFound, InvalidTransition, and AgentStopped for an agent
    that is sent nothing.
    """
    row, owned, now = _locked(actor, owner, intent_id)
    acting = _agent_of(actor, owner) or actor
    if not (owned.handles and (not isinstance(acting, Person) or acting.role in OPERATORS)):
        raise Denied("only who handles a thread, or an operator, delegates it")
    _ensure_open(row, "cannot be delegated any more")
    name = local_name(delegate_to, org=actor.org_slug, workspace=actor.workspace_slug)
    selectors.ensure_agents_name(actor.workspace_id, name)
    if name == owner.name:
        raise InvalidField("delegate_to", "this thread is in that inbox already")
    _ensure_known(actor, name, delegate_to)
    stops.ensure_may_send(row.workspace_id, speakers=(), mailbox=name)
    work.ensure_may_be_given(intent=row, mailbox=name, actor=actor)
    limits.spend(actor.workspace_id, "inbox_writes_per_day", 1)
    viewer = {"workspace_id": row.workspace_id, "intent_id": row.id, "created_at": now}
    ThreadViewer.objects.bulk_create([ThreadViewer(name=owner.name, handles=owned.handles, **viewer)], ignore_conflicts=True)
    ThreadViewer.objects.bulk_create(
        [ThreadViewer(name=name, handles=True, **viewer)],
        update_conflicts=True,
        unique_fields=["workspace", "name", "intent"],
        update_fields=["handles"],
    )
    details = {"delegated_by": owner.address, "delegated_to": delegate_to} | ({"note": text} if text is not None else {})
    note(intent=row, event_type=EventType.COMMENT, actor=acting, now=now, details=details)
    return shown(row=row, owner=owner)


def _ensure_known(actor: Tenant, name: str, address: str) -> None:
    if not selectors.workspace(actor).require_registered_agents:
        return
    if not selectors.agents_called(actor.workspace_id, name).exists():
        raise AgentNotFound(f"no agent is registered as {address}, and this workspace requires it", address=address)


@unit
def decide(*, actor: Tenant, owner: Owner, intent_id: UUID, approve: bool, comment: str | None = None) -> Thread:
    """Approve or reject. Where a person is asked, a person decides the task; otherwise whoever handles the thread completes
    the intent with the outcome as its result.

    Raises Missing, Denied, InvalidField, InvalidTransition, Conflict telling who has decided.
    """
    result = {"outcome": "approved" if approve else "rejected"} | ({"comment": comment} if comment is not None else {})
    decision = None
    if isinstance(actor, Person):
        decision = gate().read(actor=actor, intent_id=intent_id, task_result=result, beside={})
    row, owned, now = _locked(actor, owner, intent_id)
    if isinstance(actor, Machine):
        permissions.ensure_no_person_is_asked(row)
    if decision is not None and (permissions.asks_people(row) or _is_too_late(row)):
        # Also when it is too late: the gate tells who decided.
        decision(intent=row, now=now)
        return shown(row=row, owner=owner)
    _ensure_open(row, "is decided no more")
    acting: Tenant | None = _agent_of(actor, owner) if owned.handles else None
    if acting is not None and permissions.is_stopped(acting, row):
        acting = None
    if acting is None and isinstance(actor, Machine):
        raise Denied("only who handles a thread approves or rejects it")
    acting = acting or permissions.ender(actor, row)
    return shown(row=work.completed(intent=row, result=result, actor=acting, now=now).intent, owner=owner)


def _agent_of(actor: Tenant, owner: Owner) -> Machine | None:
    """The key of a request whose own thread it is."""
    key = key_of(actor)
    return key if key is not None and key.reaches(owner.name) else None


def _is_too_late(row: Intent) -> bool:
    """Whether an intent is over of which a person was asked something."""
    return row.status in TERMINAL and calling.asked_people(row)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clearing:
    """Which entries of a timeline to hide, for all or the owner alone: these, or else the newest `limit` messages."""

    for_all: bool
    entries: Sequence[UUID] | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Cleared:
    thread: Thread
    hidden: Sequence[UUID]


@unit
def clear(*, actor: Tenant, owner: Owner, intent_id: UUID, clearing: Clearing) -> Cleared:
    """Hide entries from a thread's timeline; the intent's history keeps them. What was hidden before is not told again.

    From all views one hides messages of one's own, an operator anybody's. A thread's first entry stays.
    Raises Missing, Denied, InvalidField.
    """
    row, _, now = _locked(actor, owner, intent_id)
    if not (isinstance(actor, Person) and actor.role in OPERATORS):
        actor = _agent_of(actor, owner) or actor
    if isinstance(actor, Person) and actor.role not in OPERATORS:
        raise Denied("only an operator clears an agent's inbox")
    chosen = _chosen(actor, owner, row, clearing)
    if chosen:
        limits.spend(row.workspace_id, "inbox_writes_per_day", 1)
    name = None if clearing.for_all else owner.name
    HiddenEntry.objects.bulk_create(
        HiddenEntry(workspace_id=row.workspace_id, intent_id=row.id, event_id=event_id, name=name, created_at=now)
        for event_id in chosen
    )
    if clearing.for_all and chosen:
        Intent.objects.filter(id=row.id).update(changed_in=THIS_TRANSACTION)
        live.wake_up(intents=[row.id])
    if chosen:
        hidden = [str(event_id) for event_id in chosen]
        action = "thread.clear_for_all" if clearing.for_all else "thread.clear"
        audit.note(workspace_id=row.workspace_id, actor=actor, action=action, subject=str(row.id), events=hidden)
    return Cleared(shown(row=row, owner=owner), chosen)


def _chosen(actor: Tenant, owner: Owner, row: Intent, clearing: Clearing) -> list[UUID]:
    """The entries to hide, oldest first, without those hidden already."""
    entries = entries_of(row)
    may_all = isinstance(actor, Person)
    if clearing.entries is None:
        entries = entries.filter(event_type=EventType.COMMENT)
        if clearing.for_all and not may_all:
            entries = entries.filter(actor=actor.label)
        chosen_entries = list(entries)
    else:
        wanted = set(clearing.entries)
        chosen_entries = list(entries.filter(id__in=wanted))
        if unknown := wanted - {one.id for one in chosen_entries}:
            raise Missing(f"this thread has no message {min(unknown)}", message_id=str(min(unknown)))
        if chosen_entries[0].seq == 1:
            raise InvalidField("message_ids", "the first entry of a thread cannot be hidden")
        if clearing.for_all and not all(
            one.event_type == EventType.COMMENT and (may_all or one.actor == actor.label) for one in chosen_entries
        ):
            raise Denied("from all views one hides messages of one's own alone")
    hidden = hidden_entries(row, None if clearing.for_all else owner.name)
    left = [one.id for one in chosen_entries if one.id not in hidden]
    return left if clearing.entries is not None else left[-clearing.limit :]
