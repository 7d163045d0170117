"""What outside systems tell: completions of tools, by callback or by external id, and results of steps kept for a rerun."""

from django.db import models
from django.db.models import Q

from intents.accounts.models.tenancy import Workspace
from intents.engine.models.intent import Intent
from intents.engine.models.wait import Wait
from intents.kernel.models import Row


class Callback(Row):
    """A keyless address that ends one tool wait. Only the hash of its token is kept."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False)
    intent = models.ForeignKey(Intent, models.CASCADE, db_constraint=False)
    wait = models.ForeignKey(Wait, models.CASCADE)
    fingerprint = models.BinaryField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        # A call comes with nothing but the token.
        constraints = [models.UniqueConstraint(fields=["fingerprint"], name="callback_fingerprint_once")]

    def __str__(self) -> str:
        return f"callback of {self.intent_id}"


class Signal(Row):
    """That a tool completed its job `external_id`, once. `result` is canonical JSON.

    One that comes before anybody waits for it is kept for a day; `wait` is the wait that it satisfied.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT)
    tool = models.CharField(max_length=120)
    external_id = models.CharField(max_length=255)
    result = models.TextField()
    received_at = models.DateTimeField()
    wait_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            # A completion is looked up by what it names; and it counts once.
            models.UniqueConstraint(fields=["workspace", "tool", "external_id"], name="signal_once"),
        ]
        indexes = [
            # Pruning takes the oldest that nobody waited for.
            models.Index(fields=["received_at"], condition=Q(wait_id__isnull=True), name="signal_unclaimed"),
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.external_id}"


class StoredStep(Row):
    """The result of one step of an agent's work, stored once: whoever repeats the work reads it instead of doing it."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False)
    intent = models.ForeignKey(Intent, models.CASCADE, db_constraint=False, db_index=False)
    key = models.CharField(max_length=255)
    result = models.TextField()
    actor = models.CharField(max_length=383)
    created_at = models.DateTimeField()

    class Meta:
        # An intent's steps in the order they were stored; and each once.
        constraints = [models.UniqueConstraint(fields=["intent", "key"], name="step_once")]

    def __str__(self) -> str:
        return f"{self.intent_id} {self.key}"
