"""Who follows a task."""

from django.db import models

from inbox.tasks.models.task import Task
from intents.accounts.models import User, Workspace
from intents.kernel.models import Row


class TaskWatcher(Row):
    """A person who is told of comments about a task, and how it ends, whoever it is assigned to."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="+", db_constraint=False, db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            # Who watches a task, each once.
            models.UniqueConstraint(fields=["task", "user"], name="task_watcher_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} watches {self.task_id}"
