"""Decisions on record."""

from django.db import models

from inbox.models.task import Task
from intents.models import Row, User, Workspace


class Decision(Row):
    """What a person decided, written once. `digest` is that of what they were shown, `data` canonical JSON or null.

    `authority` is direct, `channel` the surface that was used: web, api, mail.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    task = models.ForeignKey(Task, models.PROTECT, related_name="decisions", db_constraint=False, db_index=False)
    revision = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    authority = models.CharField(max_length=16)
    channel = models.CharField(max_length=16)
    outcome = models.CharField(max_length=64)
    comment = models.TextField(null=True)
    data = models.TextField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            # The decision of a task; and no revision of one is decided twice, whatever the code above does.
            models.UniqueConstraint(fields=["task", "revision"], name="decision_once"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.person_id}"
