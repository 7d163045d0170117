"""Unroutable alerts: owners and admins are notified of tasks that nobody may decide."""

from inbox.tasks import selectors
from inbox.tasks.models import Notice, Task
from inbox.tasks.notices import notice
from inbox.vocabulary.principals import role
from intents.kernel import statements
from intents.kernel.actors import ADMINS
from intents.kernel.unit_of_work import unit


@unit
def alert() -> int:
    """Enqueue notices to those who can mend it that a task is stuck, once for each. Returns how many tasks are new among the
    stuck."""
    stuck = Task.objects.filter(id__in=selectors.unroutable(None, limit=selectors.COUNTED))
    stuck = stuck.filter(voted=[])  # `missing` alerts them of what votes are missing for
    unalerted = stuck.exclude(id__in=Notice.objects.filter(kind="unroutable").values("task_id"))
    new = list(unalerted.exclude(notification__kind="unroutable"))
    statements.insert([notice(task, "unroutable", principal=role(one)) for task in new for one in sorted(ADMINS)])
    return len(new)
