"""A task as who asks for it alone is shown it."""

from typing import Any

from inbox.escalation import forecast
from inbox.schemas import shapes
from inbox.tasks import permissions, selectors
from inbox.tasks.models import Task
from intents.kernel import clock
from intents.kernel.actors import Tenant


def whole(actor: Tenant, row: Task) -> dict[str, Any]:
    """A task that `actor` may see, with its payload, what it may be decided as, and by whom."""
    return shapes.full(
        row,
        payload=selectors.body(row.intent).payload,
        why_not=permissions.why_not(actor, row, now=clock.now()),
        assigned_to=[one.principal for one in row.assignments.order_by("id")],
        deciders=selectors.deciders(row),
        decided=selectors.decision(row),
        history=selectors.history(row),
        attachments=selectors.attachments(row),
        next_steps=forecast.next_steps(row),
        votes=selectors.all_votes([row.id]) if row.ballot is not None else (),
        watchers=selectors.watchers(row),
    )
