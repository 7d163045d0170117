"""What a WAITING intent waits for."""

from django.db import models
from django.db.models import Q

from intents.accounts.models.tenancy import Workspace
from intents.engine.lifecycle import WaitReason
from intents.engine.models.intent import Intent
from intents.kernel.models import Row


class WaitState(models.TextChoices):
    OPEN = "open"
    SATISFIED = "satisfied"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Wait(Row):
    """One wait of an intent, open or over. `spec` is canonical JSON of what was asked for."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    intent = models.ForeignKey(Intent, models.CASCADE, related_name="waits", db_constraint=False, db_index=False)
    reason = models.CharField(max_length=20)
    state = models.CharField(max_length=16, choices=WaitState.choices, default=WaitState.OPEN)
    spec = models.TextField()
    tool = models.CharField(max_length=120, null=True)
    external_id = models.CharField(max_length=255, null=True)
    on_timeout = models.CharField(max_length=32, default="fail")
    opened_at = models.DateTimeField()
    deadline_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        # The waits of an intent: what it waited for before, and what is deleted with it.
        indexes = [
            models.Index(fields=["intent", "id"], name="wait_of_intent"),
            # What waits for a tool or an agent: until when, or with no end.
            models.Index(
                fields=["workspace", "deadline_at"],
                condition=Q(state=WaitState.OPEN, reason__in=[WaitReason.AGENT.value, WaitReason.TOOL.value]),
                name="wait_for_programs",
            ),
            # What waits, the oldest of each kind first: operations count it by age without looking at the rows.
            models.Index(
                fields=["workspace", "reason", "opened_at"],
                include=["id", "intent"],
                condition=Q(state=WaitState.OPEN),
                name="wait_since",
            ),
        ]
        constraints = [
            # The open wait of an intent; and no intent waits twice.
            models.UniqueConstraint(fields=["intent"], condition=Q(state=WaitState.OPEN), name="wait_open_once"),
            # The wait that a tool's completion ends; and no two waits share a job.
            models.UniqueConstraint(
                fields=["workspace", "tool", "external_id"],
                condition=Q(state=WaitState.OPEN, external_id__isnull=False),
                name="wait_for_job_once",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=[reason.value for reason in WaitReason]), name="wait_reason_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intent_id} {self.reason} {self.state}"
