"""Revisions of a task: what is decided with changed values is another task than the one that was proposed."""

from collections.abc import Sequence

from inbox import presentation
from inbox.tasks import selectors
from inbox.tasks.changed import ChangedValue
from inbox.tasks.models import Task
from inbox.tasks.shown import digest
from inbox.vocabulary import pointers
from intents.engine.models import Intent
from intents.kernel import canonical


def revise(*, task: Task, intent: Intent, changes: Sequence[ChangedValue] = ()) -> None:
    """A locked task becomes one with these values in the place of those proposed; without any, which is when its decision
    was undone, it is about those of the payload again."""
    task.revision += 1
    task.approved = canonical.dumps({one.name: one.approved for one in changes}) if changes else None
    spec, body = canonical.loads(task.spec), selectors.body(intent)
    task.digest = digest(task=task, spec=spec, intent=intent, body=body, media=selectors.attachments(task))
    payload = body.as_sent
    for one in changes:
        payload = pointers.replaced(payload, one.pointer, one.approved)
    task.amount, task.currency = presentation.column(payload)
    task.save(update_fields=["revision", "approved", "digest", "amount", "currency"])
