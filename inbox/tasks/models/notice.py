"""Notices of tasks, from which notifications are made."""

from django.db import models

from inbox.tasks.models.task import Task
from intents.accounts.models import Workspace
from intents.kernel.models import Row


class Notice(Row):
    """Something that people are still to be notified of; the row is gone once each of them has their Notification.

    Notified are those whom `principal` means, or without it all to whom `task` is assigned. `number` tells one of a `kind`
    of the task from the next: the third reminder has 3.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, db_constraint=False, db_index=False)
    kind = models.CharField(max_length=16)
    number = models.PositiveIntegerField(default=0)
    principal = models.CharField(max_length=390, null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of {self.task_id}"
