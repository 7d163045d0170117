"""Opening a task: what is asked, of whom, and what exactly a decision will be bound to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Model

from inbox import presentation
from inbox.assignees.services import principals as principal_names
from inbox.assignees.services.resolution import Asker, AssigneeResolver, ResolvedAssignee
from inbox.tasks import happenings, notices, permissions, selectors
from inbox.tasks.models import Assignment, Notice, Task
from inbox.tasks.services import attachments, plan_timers, strangers
from inbox.tasks.services.moves import move_many
from inbox.tasks.shown import shown
from inbox.vocabulary import principals
from inbox.vocabulary.kinds import RISKS, kind_of
from inbox.vocabulary.lifecycle import State
from intents.accounts.models import User
from intents.engine.human_gate import HumanTaskRequest
from intents.engine.models import Intent, IntentBody
from intents.files.models import Media
from intents.kernel import canonical, live, statements
from intents.kernel.models import new_id

LONGEST_HEADLINE = 300
BROKEN_AGAIN = timedelta(hours=1)
"""So often at most owners are told that a policy cannot be read."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A request for a human task as it is made, and what its task needs: what its intent carries, its plan as a text, and
    whom names mean."""

    request: HumanTaskRequest
    body: IntentBody
    plan: str | None
    names: principal_names.Names
    has_broken_policy: bool = False
    """Whether a policy was passed over, as it cannot be read."""


def open_tasks(*, openings: Sequence[Opening], now: datetime) -> list[Sequence[Model]]:
    """Open the human tasks that locked intents of one workspace ask for, each prepared by `planning.prepare`: the rows to be
    stored with their waits, which the decisions will end."""
    excluded, resolver = _excluded(openings), AssigneeResolver(now)
    tasks = [_task(one, excluded.get(one.request.wait_id, []), now=now) for one in openings]
    assignments = [
        Assignment(
            workspace_id=task.workspace_id,
            task_id=task.id,
            principal=principal,
            due_order=task.sort_at,
            risk_order=RISKS.index(task.risk),
        )
        for task, one in zip(tasks, openings, strict=True)
        for principal in _principals(task, one, resolver)
    ]
    live.wake_up(tasks=[(task.workspace_id, task.id) for task in tasks])
    told = [notices.notice(task, "assigned") for task in tasks]
    if broken := [task for task, one in zip(tasks, openings, strict=True) if one.has_broken_policy]:
        told += _of_broken_policy(broken[0], now=now)
    opened = [happenings.opened(task, by=one.request.asked_by.label) for task, one in zip(tasks, openings, strict=True)]
    return [tasks, assignments, told, plan_timers.armed(tasks=tasks), opened]


def _of_broken_policy(task: Task, *, now: datetime) -> list[Notice]:
    """That a policy of a task's workspace cannot be read, for those who can mend it: once in BROKEN_AGAIN."""
    noticed = selectors.is_noticed(task.workspace_id, notices.BROKEN, since=now - BROKEN_AGAIN)
    return [] if noticed else notices.broken_policy(task)


def _excluded(openings: Sequence[Opening]) -> dict[UUID, list[UUID]]:
    """The users whom separation of duties keeps from deciding, by the wait; looked up once for all requests with the same
    stakeholders."""
    apart = [one for one in openings if one.request.spec["separation_of_duties"]]
    requests = {_sides(one.request): one.request for one in apart}
    stakeholders = {sides: sorted(permissions.stakeholders(one.intent, one.asked_by)) for sides, one in requests.items()}
    return {one.request.wait_id: stakeholders[_sides(one.request)] for one in apart}


def _sides(request: HumanTaskRequest) -> tuple[Any, ...]:
    intent = request.intent
    sent = (intent.sender, intent.mailbox, intent.account_id, intent.person_id)
    return (*sent, intent.parent_id, intent.rerun_of_id, request.asked_by)


def _task(opening: Opening, excluded: list[UUID], *, now: datetime) -> Task:
    intent, spec, body = opening.request.intent, opening.request.spec, opening.body
    media = attachments.shown(intent=intent, body=body, spec=spec)
    if media:
        spec = spec | {"attachments": [str(one.id) for one in media]}
        attachments.link(intent=intent, media_ids=[one.id for one in media])
    task = Task(
        id=new_id(),
        workspace_id=intent.workspace_id,
        intent_id=intent.id,
        wait_id=opening.request.wait_id,
        task_type=spec["task_type"],
        title=spec["title"],
        risk=spec["risk"],
        spec=canonical.ordered(spec),
        excluded=excluded,
        assigned_at=now,
        due_at=_sooner(opening.request.timeout.at, intent.deadline_at),
        plan=opening.plan,
    )
    own_title = "" if task.title == kind_of(task.task_type).title else task.title
    task.headline = presentation.headline(intent.intent_type, body.as_sent, title=own_title)[:LONGEST_HEADLINE]
    task.digest = digest(task=task, spec=spec, intent=intent, body=body, media=media)
    return task


def _sooner(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def digest(*, task: Task, spec: Mapping[str, Any], intent: Intent, body: IntentBody, media: Sequence[Media]) -> bytes:
    """The SHA-256, 32 bytes, of everything a decider of this revision is shown."""
    return canonical.digest(canonical.dumps(shown(task=task, spec=spec, intent=intent, body=body, media=media)))


def assignees(spec: Mapping[str, Any]) -> list[str]:
    """Whom a completed human task names."""
    return [*spec.get("assignees", ()), *([spec["notify_email"]] if "notify_email" in spec else ())]


def _principals(task: Task, opening: Opening, resolver: AssigneeResolver) -> list[str]:
    """To whom the task goes, each once. A member is known by their user from now on, whatever address they take later."""
    named = assignees(opening.request.spec)
    if not named:
        return [principals.role(role) for role in principals.BY_DEFAULT]
    asker = asker_of(task=task, intent=opening.request.intent)
    meant = dict.fromkeys(opening.names.principal(text) for text in named)
    found = [(one, resolver.resolve(one, asker, resolver.since)) for one in meant]
    put = dict.fromkeys(reached.principal if reached else one for one, reached in found)
    spec, intent = opening.request.spec, opening.request.intent
    strangers.write(task=task, intent=intent, spec=spec, named=list(put))
    return list(put | dict.fromkeys(strangers.also_asked(spec=spec, named=list(put))))


def asker_of(*, task: Task, intent: Intent) -> Asker:
    """Who asks by a task."""
    return Asker(workspace_id=task.workspace_id, agent=intent.sender, excluded=task.excluded)


def escalate(*, task: Task, intent: Intent, to: str, now: datetime) -> ResolvedAssignee | None:
    """Put the locked live task of a locked intent to one more as well (a person, a group, a role or an address), until
    its wait ends. A claim ends, so that they can decide. Returns whom that is where it had to be looked up."""
    principal = principal_names.principal(workspace_id=task.workspace_id, text=to)
    reached = AssigneeResolver(now).resolve(principal, asker_of(task=task, intent=intent), now)
    if task.state == State.CLAIMED:
        move_many(tasks=[task], to=State.OPEN, now=now)
    principal = reached.principal if reached else principal
    add_assignment(task=task, principal=principal, authority=permissions.ESCALATION)
    missed = reached is not None and reached.why is not None
    statements.insert(notices.unreached(task) if missed else [notices.notice(task, "escalated", principal=principal)])
    _due(task, _sooner(task.wait.deadline_at, intent.deadline_at))
    # What the sweep left out because the time was over is ahead again.
    plan_timers.disarm([task])
    plan_timers.arm(tasks=[task])
    return reached


def reschedule(intent: Intent) -> None:
    """Let the live task of a locked intent be due when its wait or the intent ends, whichever is sooner."""
    for task in selectors.lock_live([intent.id]):
        _due(task, _sooner(task.wait.deadline_at, intent.deadline_at))


def add_assignment(
    *, task: Task, principal: str, authority: str, by: User | None = None, until: datetime | None = None
) -> None:
    """Assign a locked live task to one more; to whom it is assigned directly, it stays so."""
    if Assignment.objects.filter(task=task, principal=principal, authority=permissions.DIRECT).exists():
        return
    Assignment.objects.update_or_create(
        task=task,
        principal=principal,
        defaults={"authority": authority, "by": by, "until": until},
        create_defaults={
            "workspace_id": task.workspace_id,
            "authority": authority,
            "by": by,
            "until": until,
            "live": task.state == State.OPEN,
            "due_order": task.sort_at,
            "risk_order": RISKS.index(task.risk),
        },
    )
    live.wake_up(tasks=[(task.workspace_id, task.id)])


def _due(task: Task, due_at: datetime | None) -> None:
    task.due_at = due_at
    task.save(update_fields=["due_at"])
    live.wake_up(tasks=[(task.workspace_id, task.id)])
    Assignment.objects.filter(task=task).update(due_order=task.sort_at)
