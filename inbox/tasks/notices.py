"""Notices: that something happened to a task, written in its transaction, for people to be notified of afterwards."""

from inbox.tasks.models import Notice, Task
from inbox.vocabulary import principals
from intents.kernel import statements
from intents.kernel.actors import ADMINS

BROKEN = "policy_broken"


def notice(task: Task, kind: str, *, number: int = 0, principal: str | None = None) -> Notice:
    """That something happened to a locked task: to be stored in its transaction."""
    return statements.new(
        Notice, workspace_id=task.workspace_id, task_id=task.id, kind=kind, number=number, principal=principal
    )


def unreached(task: Task, *, number: int = 0) -> list[Notice]:
    """That whom a level of a locked task means could not be asked, and the owners are in their place: told to those who can
    mend it."""
    return [notice(task, "unreached", number=number, principal=principals.role(one)) for one in sorted(ADMINS)]


def broken_policy(task: Task) -> list[Notice]:
    """That a policy could not be read when a task was opened, and was passed over."""
    return [notice(task, BROKEN, principal=principals.role(one)) for one in sorted(ADMINS)]
