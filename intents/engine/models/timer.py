"""Due times are rows: whatever must happen later survives every crash, and sweeping them late loses nothing."""

from django.db import models

from intents.accounts.models.tenancy import Workspace
from intents.engine.models.intent import Intent
from intents.kernel.models import Row


class Timer(Row):
    """Something due for an intent. Firing or disarming deletes the row, so only armed timers exist.

    `due_at` is when it is due; `next_at` when a sweep may take it: the same, or later while a sweeper holds a claim.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    intent = models.ForeignKey(Intent, models.CASCADE, related_name="timers", db_constraint=False)
    kind = models.CharField(max_length=32)
    subject_id = models.UUIDField(null=True)
    due_at = models.DateTimeField()
    next_at = models.DateTimeField()
    claim = models.UUIDField(null=True)

    class Meta:
        # The sweep takes what is due, oldest first.
        indexes = [models.Index(fields=["next_at"], name="timer_next")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.intent_id} at {self.due_at}"


class Instance(Row):
    """A running process and its last heartbeat. One that is silent holds nothing any more. `streams`, `polls` and `sockets`
    are how many clients were connected to it then."""

    kind = models.CharField(max_length=16)
    host = models.CharField(max_length=255)
    started_at = models.DateTimeField()
    heartbeat_at = models.DateTimeField()
    streams = models.PositiveIntegerField(default=0, db_default=0)
    polls = models.PositiveIntegerField(default=0, db_default=0)
    sockets = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        indexes = [models.Index(fields=["heartbeat_at"], name="instance_heartbeat")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.host}"


class Pulse(models.Model):
    """When the scheduler loop last looked at what is due: one row. A gap shows that the server itself stood still.

    `resumed_at` is when the last standstill was over, null before the first. Agents could be heard until `heard_at`, when a
    web process was last seen at work, and again since `hearing_since`, when one was after a gap.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    looked_at = models.DateTimeField()
    resumed_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)
    hearing_since = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="pulse_is_one_row")]

    def __str__(self) -> str:
        return f"last look at {self.looked_at}"
