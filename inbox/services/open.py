"""Opening a task: what is asked, of whom, and what exactly a decision will be bound to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from inbox import policy, present, principals, selectors
from inbox.kinds import RISKS, kind_of
from inbox.lifecycle import State
from inbox.models import NEVER, Assignment, Task
from inbox.services import arming, attachments, notifying
from inbox.services.moves import move_many
from inbox.services.reaching import Asker, Reached, Reaching
from intents import canonical, live, statements
from intents.actors import MANAGER, Role
from intents.models import Intent, IntentBody, Media, User, Wait, new_id

ASKED = ("title", "description", "task_type", "allowed_outcomes", "required_comment", "evidence_required", "form_schema")
"""The parts of a human task that a decider is shown."""


LONGEST_HEADLINE = 300
_ROLES = frozenset(role.value for role in Role)


def open_task(
    *, intent: Intent, wait: Wait, spec: dict[str, Any], body: IntentBody, plan: str | None, now: datetime
) -> Task:
    """Put a completed human task of a locked intent to people. `wait` is the open wait that its decision will end, `body`
    what the intent carries, `plan` what happens while nobody decides, as `plans.loads` reads it."""
    media = attachments.shown(intent, body, spec)
    if media:
        spec = spec | {"attachments": [str(one.id) for one in media]}
    task = Task(
        id=new_id(),
        workspace_id=intent.workspace_id,
        intent_id=intent.id,
        wait_id=wait.id,
        task_type=spec["task_type"],
        title=spec["title"],
        risk=spec["risk"],
        spec=canonical.dumps(spec),
        excluded=sorted(policy.behind(intent)) if spec["separation_of_duties"] else [],
        assigned_at=now,
        due_at=_sooner(wait.deadline_at, intent.deadline_at),
        plan=plan,
    )
    own_title = "" if task.title == kind_of(task.task_type).title else task.title
    payload = canonical.loads(body.payload)
    task.headline = present.headline(intent.intent_type, payload, title=own_title)[:LONGEST_HEADLINE]
    task.digest = digest(task, spec, intent=intent, body=body, media=media)
    assignments = [
        Assignment(
            workspace_id=intent.workspace_id,
            task_id=task.id,
            principal=principal,
            due_order=task.due_at or NEVER,
            risk_order=RISKS.index(task.risk),
        )
        for principal in _principals(task, intent, spec, now)
    ]
    statements.insert([task], assignments, [notifying.notice(task, "assigned")])
    arming.arm([task])
    if media:
        attachments.link(intent, [one.id for one in media])
    live.hint(tasks=[(task.workspace_id, task.id)])
    return task


def _sooner(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment), default=None)


def digest(task: Task, spec: Mapping[str, Any], *, intent: Intent, body: IntentBody, media: Sequence[Media]) -> bytes:
    """The SHA-256, 32 bytes, of everything a decider of this revision is shown. The payload goes in by its salted digest,
    each file by its own."""
    shown = {
        "intent_id": str(intent.id),
        "intent_type": intent.intent_type,
        "from_agent": intent.from_agent,
        "to_agent": intent.to_agent,
        "task_id": str(task.id),
        "revision": task.revision,
        "asked": {name: spec[name] for name in ASKED if name in spec},
        "risk": task.risk,
        "attachments": [
            {
                "media_id": str(one.id),
                "filename": one.filename,
                "mime_type": one.mime_type,
                "sha256": bytes(one.sha256 or b"").hex(),
            }
            for one in media
        ],
        "payload_sha256": canonical.digest(body.payload, bytes(body.salt)).hex(),
    }
    return canonical.digest(canonical.dumps(shown))


def _principals(task: Task, intent: Intent, spec: Mapping[str, Any], now: datetime) -> list[str]:
    """To whom the task goes, each once. A member is known by their user from now on, whatever address they take later."""
    named = [*spec.get("assignees", ()), *([spec["notify_email"]] if "notify_email" in spec else ())]
    if not named:
        return [principals.role(role) for role in principals.BY_DEFAULT]
    reaching, asker = Reaching(now), asker_of(task, intent)
    found = [(one, reaching.reached(one, asker, now)) for one in resolved(intent.workspace_id, named)]
    return list(dict.fromkeys(reached.principal if reached else one for one, reached in found))


def asker_of(task: Task, intent: Intent) -> Asker:
    """Who asks by a task."""
    return Asker(workspace_id=task.workspace_id, agent=intent.sender, excluded=task.excluded)


def resolved(workspace_id: UUID, named: Sequence[str]) -> list[str]:
    """The principals that names mean, each once; `Reaching` tells of two of them who it is when the time comes."""
    emails, others = [text for text in named if "@" in text], [text for text in named if "@" not in text]
    ids = principals.ids(others)
    groups = selectors.groups(workspace_id, names=others, ids=ids) if others else []
    known = {key: principals.group(group.id) for group in groups for key in (group.name.lower(), str(group.id))}
    for member in selectors.members(workspace_id, emails=emails, ids=ids):
        for key in (member.user.email, str(member.user_id), str(member.id)):
            known[key] = principals.user(member.user_id)
    if schedules := [text for text in map(principals.schedule, named) if text]:
        for row in selectors.schedules_named(workspace_id, schedules):
            for key in (row.name.lower(), str(row.id)):
                known[f"{principals.ON_CALL}{key}"] = principals.on_call(row.id)
    return list(dict.fromkeys(_principal(text, known) for text in named))


def escalate(task: Task, intent: Intent, to: str, *, due_at: datetime, now: datetime) -> Reached | None:
    """Put the locked live task of a locked intent to one more as well (a person, a group, a role or an address), until
    `due_at`. A claim ends, so that they can decide. Returns whom that is where it had to be looked up."""
    (principal,) = resolved(task.workspace_id, [to])
    reached = Reaching(now).reached(principal, asker_of(task, intent), now)
    if task.state == State.CLAIMED:
        move_many([task], State.OPEN, now=now)
    principal = reached.principal if reached else principal
    put_to(task, principal, authority=policy.ESCALATION)
    missed = reached is not None and reached.why is not None
    statements.insert(notifying.unreached(task) if missed else [notifying.notice(task, "escalated", principal=principal)])
    _due(task, _sooner(due_at, intent.deadline_at))
    # What the sweep left out because the time was over is ahead again.
    arming.disarm([task])
    arming.arm([task])
    return reached


def reschedule(intent: Intent) -> None:
    """Let the live task of a locked intent be due when its wait or the intent ends, whichever is sooner."""
    for task in selectors.lock_live([intent.id]):
        _due(task, _sooner(task.wait.deadline_at, intent.deadline_at))


def put_to(task: Task, principal: str, *, authority: str, by: User | None = None, until: datetime | None = None) -> None:
    """Put a locked live task to one more; to whom it is put directly, it stays so."""
    if Assignment.objects.filter(task=task, principal=principal, authority=policy.DIRECT).exists():
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
            "due_order": task.due_at or NEVER,
            "risk_order": RISKS.index(task.risk),
        },
    )
    live.hint(tasks=[(task.workspace_id, task.id)])


def _due(task: Task, due_at: datetime | None) -> None:
    task.due_at = due_at
    task.save(update_fields=["due_at"])
    live.hint(tasks=[(task.workspace_id, task.id)])
    Assignment.objects.filter(task=task).update(due_order=due_at or NEVER)


def _principal(text: str, known: Mapping[str, str]) -> str:
    plain = text.strip().lower()
    if schedule := principals.schedule(plain):
        plain = f"{principals.ON_CALL}{' '.join(schedule.split())}"
    if plain in known:
        return known[plain]
    if plain == MANAGER:
        return MANAGER
    if "@" in plain and "://" not in plain:
        return principals.email(plain)
    if plain in _ROLES:
        return principals.role(plain)
    return principals.name(text.strip())
