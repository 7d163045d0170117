"""Tasks as the protocol's JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox.calendars.models import Calendar, Override, Schedule
from inbox.calendars.oncall import Shift, Why
from inbox.escalation.forecast import Next
from inbox.escalation.models import Policy
from inbox.escalation.replay import Replay, Went
from inbox.escalation.services.schedules import Roster
from inbox.plans import pause as pauses
from inbox.plans import plan as plans
from inbox.plans.plan import Plan
from inbox.tasks import tally
from inbox.tasks.models import Decision, IntentTypeName, Task
from inbox.tasks.selectors import CastVote, Decider, Happening, Watcher
from inbox.vocabulary.kinds import kind_of
from inbox.vocabulary.lifecycle import LIVE
from inbox.vocabulary.models import Edited
from intents.accounts.models import User
from intents.files.models import Media
from intents.kernel import canonical
from intents.kernel.clock import rfc3339


def when(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def summary(row: Task) -> dict[str, Any]:
    """A task as a list shows it; needs `row.intent`."""
    intent = row.intent
    shape: dict[str, Any] = {
        "task_id": str(row.id),
        "intent_id": str(intent.id),
        "intent_type": intent.intent_type,
        "status": intent.status,
        "from_agent": intent.from_agent,
        "state": row.state,
        "risk": row.risk,
        "revision": row.revision,
        "assigned_at": rfc3339(row.assigned_at),
        "human_task": canonical.loads(row.spec),
    }
    if row.due_at is not None:
        shape["due_at"] = rfc3339(row.due_at)
    if row.claimed_by is not None:
        shape["claimed_by"] = row.claimed_by.email
    if row.held_until is not None:
        shape["held_until"] = rfc3339(row.held_until)
    if (progress := tally.progress_of(row)) is not None:
        shape["progress"] = progress
    if row.plan is not None:
        shape["plan"] = plan(plans.loads(row.plan))
    if row.pause is not None and row.state in LIVE:
        pause = pauses.loads(row.pause)
        if pause.since is not None:
            shape["pause"] = {"since": rfc3339(pause.since), "until": when(pause.until)}
    if row.decided_by is not None and row.decided_at is not None:
        shape |= {"outcome": row.outcome, "decided_by": row.decided_by.email, "decided_at": rfc3339(row.decided_at)}
    return shape


def intent_type(row: IntentTypeName) -> dict[str, Any]:
    """What a workspace calls a type."""
    return {"intent_type": row.intent_type, "name": row.name} | _edited(row)


def plan(found: Plan) -> dict[str, Any]:
    """What happens to a task while nobody decides."""
    return {
        "policy": found.policy,
        "calendar": found.calendar,
        "reminders": [rfc3339(at) for at in found.reminders],
        "levels": [{"at": rfc3339(step.at), "to": step.to} for step in found.levels],
        "end_at": rfc3339(found.end_at) if found.end_at else None,
        "then": found.then,
        "outcome": found.outcome,
        "why": found.why,
        "question_pause_seconds": found.question_pause_seconds,
    }


def full(
    row: Task,
    *,
    payload: str,
    why_not: str | None,
    assigned_to: Sequence[str],
    deciders: Sequence[Decider],
    decided: Decision | None,
    history: Sequence[Happening],
    attachments: Sequence[Media],
    next_steps: Sequence[Next],
    votes: Sequence[CastVote] = (),
    watchers: Sequence[Watcher] = (),
) -> dict[str, Any]:
    """A task with everything a decider needs. `payload` is canonical JSON."""
    shape = summary(row)
    return shape | {
        "to_agent": row.intent.to_agent,
        "kind": kind_of(row.task_type).name,
        "payload": canonical.loads(payload),
        "payload_digest": bytes(row.digest).hex(),
        "outcomes": shape["human_task"]["allowed_outcomes"],
        "may_decide": why_not is None,
        "why_not": why_not,
        "assigned_to": list(assigned_to),
        "deciders": [{"user_id": str(one.user_id), "email": one.email, "name": one.name} for one in deciders],
        "decision": decision(decided) if decided else None,
        "votes": [one.told() for one in votes],
        "watchers": [one.email for one in watchers],
        "next_steps": [next_step(one) for one in next_steps],
        "history": [
            {"at": rfc3339(one.at), "actor": one.actor, "action": one.action, "details": one.details} for one in history
        ],
        "attachments": [file(one) for one in attachments],
    }


def file(row: Media) -> dict[str, Any]:
    """A finished file."""
    return {
        "upload_id": str(row.id),
        "filename": row.filename,
        "mime_type": row.mime_type,
        "size_bytes": row.size_bytes,
        "sha256": bytes(row.sha256 or b"").hex(),
    }


def decision(row: Decision) -> dict[str, Any]:
    """Needs `row.person`."""
    return {
        "outcome": row.outcome,
        "comment": row.comment,
        "data": canonical.loads(row.data) if row.data else None,
        "decided_by": row.person.email,
        "decided_at": rfc3339(row.at),
        "authority": row.authority,
        "delegated_by": row.delegated_by.email if row.delegated_by else None,
        "channel": row.channel,
        **tally.by_grant(row),
        "revision": row.revision,
        "payload_digest": bytes(row.digest).hex(),
        "final": row.final,
    }


def decided(task: Task, made: Decision) -> dict[str, Any]:
    """What somebody who decides a task is told; needs what `summary` and `decision` do."""
    return {"ok": True, "task": summary(task), "decision": decision(made)}


def approval(task: Task, made: Decision, said: str) -> dict[str, Any]:
    """The same of somebody who said yes or no."""
    shape = {"approval_id": str(task.id), "decision": said, "comment": made.comment, "decided_at": rfc3339(made.at)}
    return {"ok": True, "approval": shape}


def _edited(row: Edited) -> dict[str, Any]:
    at = rfc3339(row.changed_at) if row.changed_at else None
    return {"revision": row.revision, "changed_at": at, "changed_by": row.changed_by}


def calendar(row: Calendar) -> dict[str, Any]:
    return {
        "calendar_id": str(row.id),
        **_edited(row),
        "name": row.name,
        "time_zone": row.time_zone,
        "hours": canonical.loads(row.hours),
        "country": row.country,
    }


def schedule(row: Schedule, shown: Roster) -> dict[str, Any]:
    """A schedule with who is on call."""
    return {
        "schedule_id": str(row.id),
        **_edited(row),
        "name": row.name,
        "time_zone": row.time_zone,
        "starts_on": row.starts_on.isoformat(),
        "hand_over": row.hand_over,
        "shift_days": row.shift_days,
        "people": [shown.people[one].email if one in shown.people else str(one) for one in row.people],
        "hours": canonical.loads(row.hours) if row.hours else None,
        "on_call": None if shown.now.is_gap else _on_call(shown.now, shown.people),
        "overrides": [override(one) for one in shown.overrides],
    }


def override(row: Override) -> dict[str, Any]:
    """Needs `row.user`."""
    whole = {"override_id": str(row.id)} | _person(row.user)
    return whole | {"from": rfc3339(row.start), "until": rfc3339(row.end)}


def shifts(found: Sequence[Shift], people: Mapping[UUID, User]) -> dict[str, Any]:
    """Who is on call, and when nobody is."""
    return {
        "shifts": [_on_call(one, people) for one in found if not one.is_gap],
        "gaps": [
            {
                "from": rfc3339(one.start),
                "until": rfc3339(one.end),
                "why": one.why,
                "email": people[one.person].email if one.person else None,
            }
            for one in found
            if one.is_gap
        ],
    }


def _on_call(one: Shift, people: Mapping[UUID, User]) -> dict[str, Any]:
    assert one.person is not None
    times = {"from": rfc3339(one.start), "until": rfc3339(one.end), "override": one.why is Why.STAND_IN}
    return _person(people[one.person]) | times


def _person(row: User) -> dict[str, Any]:
    return {"user_id": str(row.id), "email": row.email, "name": row.name}


def next_step(one: Next) -> dict[str, Any]:
    return {
        "at": rfc3339(one.at),
        "what": one.what,
        "to": one.to,
        "who": one.who,
        "why": one.why,
        "then": one.then,
        "outcome": one.outcome,
    }


MOST_REPLAYED = 50


def replay(found: Replay) -> dict[str, Any]:
    return {
        "since": rfc3339(found.since),
        "looked_at": found.looked_at,
        "cut": found.cut,
        "own": found.own,
        "earlier": found.earlier,
        "followed": len(found.went),
        "stages": found.stages,
        "reminders": found.reminders,
        "asked": found.asked,
        "ended": found.ended,
        "really": found.really,
        "decided_after_seconds": found.decided_after,
        "tasks": [_replayed(one) for one in found.went[:MOST_REPLAYED]],
    }


def _replayed(one: Went) -> dict[str, Any]:
    past = one.past
    return {
        "task_id": str(past.task_id),
        "headline": past.headline,
        "opened_at": rfc3339(past.opened_at),
        "over_at": rfc3339(past.over_at) if past.over_at else None,
        "how": past.how,
        "outcome": past.outcome,
        "reminders": one.reminders,
        "asked": list(one.asked),
        "then": one.then,
    }


def policy(row: Policy) -> dict[str, Any]:
    """Needs `row.calendar`. A part that cannot be read is shown empty, so that whoever mends it sees which."""
    return {
        "policy_id": str(row.id),
        **_edited(row),
        "name": row.name,
        "place": row.place,
        "match": _object(row.match),
        "escalation": _object(row.escalation),
        "calendar": row.calendar.name if row.calendar else None,
        "least": _object(row.least),
    }


def _object(text: str) -> dict[str, Any]:
    try:
        found = canonical.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
