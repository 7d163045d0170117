"""Snoozing: a task leaves one person's list until a time, or until something happens to it."""

from datetime import datetime
from uuid import UUID

from inbox.tasks import permissions, selectors
from inbox.tasks.models import Snooze
from inbox.tasks.services import decide, returning
from intents.kernel import clock, live
from intents.kernel.actors import Tenant
from intents.kernel.errors import InvalidField
from intents.kernel.unit_of_work import unit


@unit
def snooze(*, actor: Tenant, task_id: UUID, until: datetime | None) -> datetime | None:
    """Hide a task from `actor`'s own list until then; None shows it again. It can be decided all the same.

    Raises Missing, Denied, InvalidField, AlreadyDecided, TaskClosed.
    """
    task = selectors.task(actor, task_id)
    person = permissions.person(actor)
    now = clock.now()
    decide.ensure_open(task=task, intent=task.intent, now=now)
    if until is None:
        Snooze.objects.filter(user_id=person.user_id, task_id=task.id).delete()
        live.wake_up(lists=[(task.workspace_id, person.user_id)])
        return None
    permissions.ensure_may_decide(person, task, now=now)
    if until <= now:
        raise InvalidField("until", "this time has passed already")
    # What has come back by its time needs no row any more.
    Snooze.objects.filter(user_id=person.user_id, until__lte=now).delete()
    Snooze.objects.update_or_create(
        user_id=person.user_id,
        task_id=task.id,
        defaults={"until": until, "seq": task.intent.seq},
        create_defaults={"workspace_id": task.workspace_id, "until": until, "seq": task.intent.seq},
    )
    # When its time comes, open pages look; earlier ones of a snooze that was changed find nothing new.
    returning.arm(task=task, at=until)
    live.wake_up(lists=[(task.workspace_id, person.user_id)])
    return until
