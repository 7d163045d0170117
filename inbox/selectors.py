"""Reads for an actor: the only way to obtain a task. What an actor may not see is missing, never forbidden."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Lower

from inbox import preferences, principals
from inbox.answers import evidence_ids
from inbox.lifecycle import DECIDABLE, LIVE, State
from inbox.models import (
    Calendar,
    ChatAddress,
    Decision,
    Message,
    MessageItem,
    Notification,
    NotificationSettings,
    Opened,
    Override,
    Policy,
    Schedule,
    Task,
)
from inbox.preferences import Preferences
from intents import canonical, clock, selectors, statements
from intents.actors import Agent, Person, Scope, Tenant
from intents.errors import Missing
from intents.lifecycle import EventType
from intents.models import Agent as AgentRow
from intents.models import AgentKey, AgentStatus, Group, Intent, IntentBody, IntentEvent, Media, Member, User, Workspace


def tasks(actor: Tenant) -> QuerySet[Task]:
    """The tasks `actor` may see, with their intents: those of the intents it may see."""
    found = Task.objects.filter(workspace_id=actor.workspace_id).select_related("intent", "decided_by", "claimed_by")
    if isinstance(actor, Agent) and actor.scope is Scope.OWN:
        found = found.filter(intent__in=selectors.intents(actor))
    return found


_COLUMNS = statements.columns(Task, "t")
_TASK = f"SELECT {_COLUMNS} FROM inbox_task t WHERE t.workspace_id = %s AND t.id = %s"
_NAMED = f"""
SELECT {_COLUMNS} FROM inbox_task t WHERE t.workspace_id = %(workspace)s AND (t.id = %(id)s OR t.intent_id = %(id)s)
ORDER BY t.id = %(id)s DESC, t.id DESC LIMIT 1
"""


def task(actor: Tenant, task_id: UUID) -> Task:
    """Raises Missing."""
    found = statements.objects(Task, _TASK, [actor.workspace_id, task_id])
    if not found or not _may_see(actor, found[0]):
        raise Missing(f"no task has the id {task_id}", task_id=str(task_id))
    return found[0]


def task_named(actor: Tenant, any_id: UUID) -> Task:
    """A task by its own id or its intent's, of several the newest. Raises Missing."""
    found = statements.objects(Task, _NAMED, {"workspace": actor.workspace_id, "id": any_id})
    if not found or not _may_see(actor, found[0]):
        raise Missing(f"no task and no intent with a task has the id {any_id}", approval_id=str(any_id))
    return found[0]


def _may_see(actor: Tenant, row: Task) -> bool:
    """What `tasks` filters by, for a row of the actor's workspace."""
    if isinstance(actor, Agent) and actor.scope is Scope.OWN:
        return selectors.intents(actor).filter(id=row.intent_id).exists()
    return True


_LOCK_LIVE = f"""
SELECT {_COLUMNS} FROM inbox_task t
WHERE t.intent_id = ANY(%s) AND t.state IN ({", ".join(f"'{state}'" for state in sorted(LIVE))}) ORDER BY t.id FOR UPDATE
"""


def lock_task(task_id: UUID) -> Task:
    """A task whose intent the caller holds locked."""
    (found,) = statements.objects(Task, f"SELECT {_COLUMNS} FROM inbox_task t WHERE t.id = %s FOR UPDATE", [task_id])
    return found


def lock_live(intent_ids: Sequence[UUID]) -> list[Task]:
    """The live tasks of intents that the caller holds locked."""
    return statements.objects(Task, _LOCK_LIVE, [list(intent_ids)])


def lock_newest(intent: Intent) -> Task | None:
    """The latest task of an intent that the caller holds locked."""
    query = f"SELECT {_COLUMNS} FROM inbox_task t WHERE t.intent_id = %s ORDER BY t.id DESC LIMIT 1 FOR UPDATE"
    found = statements.objects(Task, query, [intent.id])
    return found[0] if found else None


_AUTHORITIES = """
SELECT DISTINCT ON (authority) authority, by_id FROM inbox_assignment
WHERE task_id = %s AND principal = ANY(%s) AND (until IS NULL OR until > %s::timestamptz) ORDER BY authority, id
"""


# Ids begin with the time they were made at, so each state's index has the newest first.
_SINCE = """
SELECT found.id FROM unnest(%(states)s::text[]) AS one (state), LATERAL (
    SELECT t.id FROM inbox_task t
    WHERE t.workspace_id = %(workspace)s AND t.state = one.state AND t.id >= %(floor)s
    ORDER BY t.id DESC LIMIT %(limit)s
) found
ORDER BY found.id DESC LIMIT %(limit)s
"""
_CLOCKS_APART = timedelta(hours=1)


def tasks_since(actor: Tenant, since: datetime, *, limit: int) -> list[Task]:
    """The tasks of the actor's workspace that were opened after `since`, with their intents and waits, the newest first."""
    floor = UUID(int=int((since - _CLOCKS_APART).timestamp() * 1000) << 80)
    params = {"states": list(State), "workspace": actor.workspace_id, "floor": floor, "limit": limit}
    ids = [row[0] for row in statements.rows(_SINCE, params)]
    found = tasks(actor).select_related("wait").filter(id__in=ids, assigned_at__gte=since)
    return list(found.order_by("-id"))


def payloads(intent_ids: Sequence[UUID]) -> dict[UUID, str]:
    """What intents carry, as canonical JSON. Checks no actor."""
    return dict(IntentBody.objects.filter(intent_id__in=list(intent_ids)).values_list("intent_id", "payload"))


def authorities(row: Task, person: Person, *, now: datetime) -> dict[str, UUID | None]:
    """By what authorities a task is put to a person, and by whom it was delegated; one whose time is over counts no more."""
    return dict(statements.rows(_AUTHORITIES, [row.id, principals.of(person), now]))


def opened(person: Person, task_ids: Iterable[UUID]) -> set[UUID]:
    """Those of `task_ids` that a person has looked at."""
    found = Opened.objects.filter(user_id=person.user_id, task_id__in=list(task_ids))
    return set(found.values_list("task_id", flat=True))


def decision(row: Task) -> Decision | None:
    """The decision of a task's current revision that holds."""
    found = Decision.objects.filter(task_id=row.id, revision=row.revision, void_at__isnull=True)
    return found.select_related("person", "delegated_by").first()


@dataclass(frozen=True, slots=True)
class Happening:
    """Something in the history of a task. `action` is asked, answered, commented, claimed, released, delegated, assigned,
    escalated, reminded, taken_back, decided (also when it is held, or never took effect); `details` tell more."""

    at: datetime
    actor: str
    action: str
    details: dict[str, Any]


_TOLD = {
    EventType.COMMENT: "commented",
    EventType.QUESTION: "asked",
    EventType.ANSWER: "answered",
    EventType.ESCALATED: "escalated",
    EventType.REMINDER: "reminded",
}
MOST_HAPPENINGS = 500


def history(row: Task) -> list[Happening]:
    """What people and agents said and did about a task, oldest first, the newest MOST_HAPPENINGS."""
    events = IntentEvent.objects.filter(intent_id=row.intent_id, event_type__in=list(_TOLD)).order_by("-seq")
    found = []
    for event in events[:MOST_HAPPENINGS]:
        details = canonical.loads(event.details) if event.details else {}
        if details.pop("task_id", str(row.id)) == str(row.id):
            action = details.pop("action", _TOLD[EventType(event.event_type)])
            found.append(Happening(event.at, event.actor, action, details))
    for made in decisions(row):
        told = {"outcome": made.outcome, "comment": made.comment, "authority": made.authority, "channel": made.channel}
        told |= {"delegated_by": made.delegated_by.email if made.delegated_by else None, "void_reason": made.void_reason}
        kept = {name: value for name, value in told.items() if value is not None}
        found.append(Happening(made.at, made.person.email, "decided", kept))
    return sorted(found, key=lambda one: one.at)


def decisions(row: Task) -> list[Decision]:
    """All decisions of a task, oldest first, also those that never took effect."""
    made = Decision.objects.filter(task_id=row.id).select_related("person", "delegated_by")
    return sorted([*made.filter(void_at__isnull=True), *made.filter(void_at__isnull=False)], key=lambda one: one.at)


@dataclass(frozen=True, slots=True)
class Decider:
    """Somebody who may decide a task."""

    user_id: UUID
    email: str
    name: str


_ELIGIBLE = f"""
FROM intents_member m JOIN intents_user u ON u.id = m.user_id
WHERE m.workspace_id = t.workspace_id AND m.role = ANY(%(roles)s) AND u.is_active AND NOT m.user_id = ANY(t.excluded)
  AND (t.claimed_by_id IS NULL OR t.claimed_by_id = m.user_id)
  AND EXISTS (
      SELECT FROM inbox_assignment a
      WHERE a.task_id = t.id AND (a.until IS NULL OR a.until > {clock.NOW}) AND (
          a.principal IN ('user:' || u.id, 'email:' || u.email, 'role:' || m.role)
          OR a.principal IN (SELECT 'group:' || g.group_id FROM intents_groupmember g WHERE g.member_id = m.id)
      )
  )
"""

_DECIDERS = f"""
SELECT found.* FROM inbox_task t, LATERAL (
    SELECT u.id, u.email, u.name {_ELIGIBLE} ORDER BY u.email LIMIT %(limit)s
) found
WHERE t.id = %(task)s
"""

# Each text that a member is addressed by, with all who are: some dozens, whatever waits.
_UNROUTABLE = f"""
WITH addressed AS (
    SELECT m.workspace_id, m.user_id, named.principal FROM intents_member m JOIN intents_user u ON u.id = m.user_id,
    LATERAL (
        SELECT unnest(ARRAY['user:' || u.id, 'email:' || u.email, 'role:' || m.role]) AS principal
        UNION ALL SELECT 'group:' || g.group_id FROM intents_groupmember g WHERE g.member_id = m.id
    ) named
    WHERE m.role = ANY(%(roles)s) AND u.is_active
), served AS MATERIALIZED (
    SELECT workspace_id, principal, array_agg(user_id) AS users FROM addressed GROUP BY workspace_id, principal
)
SELECT t.id FROM inbox_task t
WHERE t.state IN ('claimed', 'open') AND (%(workspace)s::uuid IS NULL OR t.workspace_id = %(workspace)s::uuid)
  AND NOT EXISTS (
      SELECT FROM inbox_assignment a
      JOIN served s ON s.workspace_id = a.workspace_id AND s.principal = a.principal
      WHERE a.task_id = t.id AND (a.until IS NULL OR a.until > {clock.START}) AND NOT s.users <@ t.excluded
        AND (t.claimed_by_id IS NULL OR t.claimed_by_id = ANY(s.users))
  )
ORDER BY t.id LIMIT %(limit)s
"""
COUNTED = 1000

_ROLES = sorted(principals.DECIDERS)


def deciders(row: Task, *, limit: int = 50) -> list[Decider]:
    """Who may decide `row` as the workspace's members are now; nobody means that the task is stuck."""
    return [
        Decider(*found)
        for found in statements.rows(_DECIDERS, {"task": row.id, "roles": _ROLES, "limit": limit, "now": clock.override()})
    ]


def unroutable(workspace_id: UUID | None, *, limit: int = 100) -> list[UUID]:
    """The ids of undecided tasks that nobody may decide, oldest first, of one workspace or of all. For alarms; checks no
    actor."""
    params = {"workspace": workspace_id, "roles": _ROLES, "limit": limit, "now": clock.override()}
    return [row[0] for row in statements.rows(_UNROUTABLE, params)]


def unroutable_total() -> int:
    """How many undecided tasks of all workspaces nobody may decide, up to COUNTED."""
    return len(unroutable(None, limit=COUNTED))


_BODY = f"SELECT {statements.columns(IntentBody, 'b')} FROM intents_intentbody b WHERE b.intent_id = %s"


def body(intent: Intent) -> IntentBody:
    (found,) = statements.objects(IntentBody, _BODY, [intent.id])
    return found


_ASKED = f"""
SELECT {statements.columns(IntentBody, "b")}, ARRAY(
    SELECT jsonb_build_array(to_jsonb(p), to_jsonb(c))::text
    FROM inbox_policy p LEFT JOIN inbox_calendar c ON c.id = p.calendar_id
    WHERE p.workspace_id = b.workspace_id ORDER BY p.place, p.name
)
FROM intents_intentbody b WHERE b.intent_id = %s
"""


def asked(intent: Intent) -> tuple[IntentBody, list[Policy]]:
    """What an intent carries, and the `policies` of its workspace, by one statement."""
    (row,) = statements.rows(_ASKED, [intent.id])
    found = [(Policy(**policy), calendar) for policy, calendar in map(canonical.loads, row[-1])]
    for policy, calendar in found:
        policy.calendar = Calendar(**calendar) if calendar else None
    names = [field.attname for field in IntentBody._meta.concrete_fields]
    return IntentBody.from_db("default", names, row[:-1]), [policy for policy, _ in found]


def files(workspace_id: UUID, ids: Sequence[UUID]) -> list[Media]:
    """The finished files of these ids, in their order. For tasks whose visibility was checked."""
    if not ids:
        return []
    rows = Media.objects.filter(workspace_id=workspace_id, id__in=ids, finalized_at__isnull=False)
    found = {row.id: row for row in rows}
    return [found[one] for one in ids if one in found]


def attachments(row: Task) -> list[Media]:
    """The files that a task shows."""
    return files(row.workspace_id, [UUID(one) for one in canonical.loads(row.spec).get("attachments", ())])


def evidence(row: Task) -> list[Media]:
    """The files that the decision of a task brought."""
    found = decision(row) if row.decided_by_id is not None else None
    data = canonical.loads(found.data) if found is not None and found.data else {}
    return files(row.workspace_id, list(evidence_ids(data).values()))


def workspace_of(intent: Intent) -> Workspace:
    return Workspace.objects.select_related("organization").get(id=intent.workspace_id)


def members(workspace_id: UUID, *, emails: Iterable[str], ids: Iterable[UUID]) -> list[Member]:
    """Members by e-mail address, or by the id of the user or the membership."""
    found = Member.objects.filter(workspace_id=workspace_id).select_related("user")
    wanted = list(ids)
    by_address = found.filter(user__email__in=[address.strip().lower() for address in emails])
    return list(by_address | found.filter(user_id__in=wanted) | found.filter(id__in=wanted))


def groups(workspace_id: UUID, *, names: Iterable[str], ids: Iterable[UUID]) -> list[Group]:
    """Groups by their id, or by their name whatever its case."""
    found = Group.objects.filter(workspace_id=workspace_id).annotate(lower=Lower("name"))
    return list(found.filter(Q(lower__in=[name.strip().lower() for name in names]) | Q(id__in=list(ids))))


def makers(workspace_id: UUID, names: Iterable[str]) -> set[str]:
    """The labels of those who made or own agents of these local names, or made keys for them."""
    agents = AgentRow.objects.filter(workspace_id=workspace_id, name__in=list(names))
    keys = AgentKey.objects.filter(workspace_id=workspace_id, agent__in=agents)
    made = {label for row in agents.values_list("created_by", "owner__email") for label in row if label}
    return made | set(keys.values_list("created_by", flat=True))


def owner_and_manager(workspace_id: UUID, agent: str) -> tuple[User | None, User | None]:
    """Who owns the agent of this local name, and whom they report to in this workspace. Checks no actor."""
    found = AgentRow.objects.filter(workspace_id=workspace_id, name=agent).exclude(status=AgentStatus.DELETED)
    row = found.select_related("owner").first()
    if row is None or row.owner is None:
        return None, None
    member = Member.objects.filter(workspace_id=workspace_id, user=row.owner).select_related("manager__user").first()
    return row.owner, member.manager.user if member and member.manager else None


def calendars(actor: Tenant) -> QuerySet[Calendar]:
    """The calendars of the actor's workspace."""
    return Calendar.objects.filter(workspace_id=actor.workspace_id)


def calendar(actor: Tenant, calendar_id: UUID) -> Calendar:
    """Raises Missing."""
    found = calendars(actor).filter(id=calendar_id).first()
    if found is None:
        raise Missing(f"no calendar has the id {calendar_id}", calendar_id=str(calendar_id))
    return found


def calendar_named(workspace_id: UUID, text: str) -> Calendar | None:
    """A calendar by its name, whatever its case, or its id."""
    found = Calendar.objects.filter(workspace_id=workspace_id)
    by_name = found.alias(lower=Lower("name")).filter(lower=text.strip().lower()).first()
    return by_name or found.filter(id__in=principals.ids([text])).first()


def policies(workspace_id: UUID) -> list[Policy]:
    """The policies of a workspace with their calendars, in the order in which they are tried. Checks no actor."""
    found = Policy.objects.filter(workspace_id=workspace_id)
    return list(found.select_related("calendar").order_by("place", "name"))


def lock_policies(workspace_id: UUID) -> list[Policy]:
    """The policies of a workspace in the order in which they are tried, locked. Checks no actor."""
    return list(Policy.objects.filter(workspace_id=workspace_id).order_by("place", "name").select_for_update())


def policy(actor: Tenant, policy_id: UUID) -> Policy:
    """Raises Missing."""
    found = Policy.objects.filter(workspace_id=actor.workspace_id, id=policy_id).select_related("calendar").first()
    if found is None:
        raise Missing(f"no policy has the id {policy_id}", policy_id=str(policy_id))
    return found


def schedules(actor: Tenant) -> QuerySet[Schedule]:
    """The on-call schedules of the actor's workspace."""
    return Schedule.objects.filter(workspace_id=actor.workspace_id)


def schedule(actor: Tenant, schedule_id: UUID) -> Schedule:
    """Raises Missing."""
    found = schedules(actor).filter(id=schedule_id).first()
    if found is None:
        raise Missing(f"no schedule has the id {schedule_id}", schedule_id=str(schedule_id))
    return found


def schedules_named(workspace_id: UUID, texts: Iterable[str]) -> list[Schedule]:
    """Schedules by their names, whatever their case, or their ids. Checks no actor."""
    wanted = [text.strip().lower() for text in texts]
    found = Schedule.objects.filter(workspace_id=workspace_id).alias(lower=Lower("name"))
    return list(found.filter(Q(lower__in=wanted) | Q(id__in=principals.ids(wanted))))


def overrides(schedule_ids: Iterable[UUID], *, after: datetime, before: datetime | None = None) -> list[Override]:
    """The overrides of schedules that are not over `after` and begin `before`, those that were made last at the end. For
    schedules whose visibility was checked."""
    found = Override.objects.filter(schedule_id__in=list(schedule_ids), end__gt=after).select_related("user")
    return list((found.filter(start__lt=before) if before else found).order_by("id"))


def override(actor: Tenant, schedule_id: UUID, override_id: UUID) -> Override:
    """Raises Missing."""
    found = Override.objects.filter(schedule__in=schedules(actor).filter(id=schedule_id), id=override_id)
    row = found.select_related("user", "schedule").first()
    if row is None:
        raise Missing(f"this schedule has no override with the id {override_id}", override_id=str(override_id))
    return row


def able(workspace_id: UUID) -> set[UUID]:
    """The users who can decide in a workspace at all. Checks no actor."""
    found = Member.objects.filter(workspace_id=workspace_id, role__in=principals.DECIDERS, user__is_active=True)
    return set(found.values_list("user_id", flat=True))


def people(ids: Iterable[UUID]) -> dict[UUID, User]:
    """Users by their ids, also those who left. For those whom a row of the workspace names."""
    return User.objects.in_bulk(list(ids))


def preferences_of(person: Person) -> Preferences:
    """How a person wants to be told."""
    chosen = NotificationSettings.objects.filter(user_id=person.user_id).values_list("chosen", flat=True).first()
    return preferences.loads(chosen) if chosen is not None else Preferences()


def chat_addresses(person: Person) -> QuerySet[ChatAddress]:
    return ChatAddress.objects.filter(user_id=person.user_id).order_by("name")


def chat_address(person: Person, address_id: UUID) -> ChatAddress:
    """Raises Missing."""
    found = chat_addresses(person).filter(id=address_id).first()
    if found is None:
        raise Missing(f"you have no chat address with the id {address_id}", address_id=str(address_id))
    return found


def notifications(person: Person) -> QuerySet[Notification]:
    """What a person was told in the workspace they act in, the newest first."""
    return Notification.objects.filter(user_id=person.user_id, workspace_id=person.workspace_id).order_by("-id")


def unread(person: Person) -> QuerySet[Notification]:
    """Of these, what they have not seen and still can do something about."""
    waiting = Q(task__isnull=True) | Q(kind="overridden") | Q(task__state__in=sorted(DECIDABLE))
    return notifications(person).filter(waiting, read_at__isnull=True)


def with_messages(found: QuerySet[Notification]) -> QuerySet[Notification]:
    """The same with their tasks and what was sent of them, in a number of queries that does not grow."""
    items = MessageItem.objects.select_related("message__address").order_by("message_id")
    return found.select_related("task").prefetch_related(Prefetch("items", items))


def messages_to(person: Person) -> QuerySet[Message]:
    """What was sent to a person, or is to be, about the workspace they act in; the latest first."""
    found = Message.objects.filter(user_id=person.user_id, workspace_id=person.workspace_id)
    return found.select_related("address").order_by("-id")
