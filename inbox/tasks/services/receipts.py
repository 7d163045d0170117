"""Read receipts: which tasks of their lists a person has looked at, and which are new to them."""

from inbox.tasks.models import ReadReceipt, Task
from intents.kernel.actors import Person


def mark_read(*, actor: Person, task: Task) -> None:
    """Looking at the page of a task takes the mark from its row."""
    row = ReadReceipt(workspace_id=task.workspace_id, task_id=task.id, user_id=actor.user_id)
    ReadReceipt.objects.bulk_create([row], ignore_conflicts=True)
