"""Opening a task: what is asked, of whom, and what exactly a decision will be bound to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Model

from inbox import presentation
from inbox.assignees.services import principals as principal_names
from inbox.assignees.services.resolution import Asker, AssigneeResolver, ResolvedAssignee
from inbox.plans import quorum
from inbox.tasks import assignments, ballots, happenings, notices, permissions, selectors, tally, votes
from inbox.tasks.models import Assignment, Notice, Task
from inbox.tasks.services import attachments, plan_timers, strangers
from inbox.tasks.services.moves import move_many
from inbox.tasks.shown import digest
from inbox.tasks.specs import assignees
from inbox.vocabulary.kinds import RISKS, kind_of
from inbox.vocabulary.lifecycle import State
from intents.accounts.models import User
from intents.engine.human_gate import HumanTaskRequest
from intents.engine.models import Intent, IntentBody
from intents.kernel import canonical, languages, live, statements
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
    until: datetime | None = None
    """When the wait ends, whatever the time of a stage is."""
    is_granted: bool = False
    """Whether a standing grant may decide it."""


def open_tasks(*, openings: Sequence[Opening], now: datetime) -> list[Sequence[Model]]:
    """Open the human tasks that locked intents of one workspace ask for, each prepared by `planning.prepare`: the rows to be
    stored with their waits, which the decisions will end."""
    excluded, resolver = _excluded(openings), AssigneeResolver(now)
    called = selectors.display_names_of(openings[0].request.intent.workspace_id)
    tasks = [_task(one, excluded.get(one.request.wait_id, []), called, now=now) for one in openings]
    rows: list[Assignment] = []
    for task, one in zip(tasks, openings, strict=True):
        assigned = _assigned_to(task, one, resolver)
        rows += [assignments.direct(task, principal) for principal in assigned]
        if not quorum.is_plain(one.request.spec):
            electorate = selectors.electorate(task.workspace_id, assigned)
            spec, apart = one.request.spec, task.excluded
            ballot = ballots.ballot(spec, assigned=assigned, electorate=electorate, excluded=apart, until=one.until)
            task.ballot = votes.dumps(ballot)
    granted = [task for task, one in zip(tasks, openings, strict=True) if one.is_granted]
    live.wake_up(tasks=[(task.workspace_id, task.id) for task in tasks], workers=bool(granted))
    told = [notices.notice(task, "assigned") for task in tasks]
    if broken := [task for task, one in zip(tasks, openings, strict=True) if one.has_broken_policy]:
        told += _of_broken_policy(broken[0], now=now)
    requests = [one.request for one in openings]
    opened = [
        happenings.opened(task, by=one.asked_by.label, trace=one.trace) for task, one in zip(tasks, requests, strict=True)
    ]
    due = [*plan_timers.armed(tasks=tasks), *plan_timers.of_grants(tasks=granted, now=now)]
    return [tasks, rows, told, due, opened]


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


def _task(opening: Opening, excluded: list[UUID], called: Callable[[str], str], *, now: datetime) -> Task:
    intent, spec, body = opening.request.intent, opening.request.spec, opening.body
    media = attachments.shown(intent=intent, body=body, spec=spec)
    if media:
        spec = spec | {"attachments": [str(one.id) for one in media]}
        attachments.link(intent=intent, media_ids=[one.id for one in media])
    task = statements.new(
        Task,
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
    gist = presentation.pointed(spec.get("summary"), body.as_sent)
    with languages.speaking():  # what is kept is in one, whoever runs an intent again
        headline = presentation.headline(
            intent.intent_type, body.as_sent, title=own_title, gist=gist, called=partial(called, intent.intent_type)
        )
        counterpart = presentation.counterpart(body.as_sent)
    task.headline = headline[:LONGEST_HEADLINE]
    task.digest = digest(task=task, spec=spec, intent=intent, body=body, media=media)
    task.amount, task.currency = presentation.column(body.as_sent, gist)
    task.likeness = selectors.likeness(intent.intent_type, counterpart)
    return task


def _sooner(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def _assigned_to(task: Task, opening: Opening, resolver: AssigneeResolver) -> dict[str, str]:
    """To whom the task goes, each once: principals, with what they are called."""
    spec, intent = opening.request.spec, opening.request.intent
    named = assignees(spec)
    if not named:
        return dict(assignments.BY_DEFAULT)
    asker = asker_of(task=task, intent=intent)
    found = assignments.resolved(named, names=opening.names, asker=asker, resolver=resolver)
    strangers.write(task=task, intent=intent, spec=spec, named=list(found))
    also = strangers.also_asked(spec=spec, named=list(found))
    return found | {one: one.partition(":")[2] for one in also if one not in found}


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
            "due_order": task.place,
            "risk_order": RISKS.index(task.risk),
        },
    )
    if task.ballot is not None and authority != permissions.DELEGATE:
        _seat(task, principal)
    live.wake_up(tasks=[(task.workspace_id, task.id)])


def _seat(task: Task, principal: str) -> None:
    """Who is asked later can agree in the place of whoever has not, where one of each of several must."""
    ballot = tally.ballot_of(task)
    if ballot is not None and ballot.seats:
        users = selectors.electorate(task.workspace_id, [principal])[principal]
        task.ballot = votes.dumps(ballot.with_seated([one for one in users if one not in task.excluded]))
        task.save(update_fields=["ballot"])


def _due(task: Task, due_at: datetime | None) -> None:
    task.due_at = due_at
    task.save(update_fields=["due_at"])
    live.wake_up(tasks=[(task.workspace_id, task.id)])
    Assignment.objects.filter(task=task).update(due_order=task.place)
