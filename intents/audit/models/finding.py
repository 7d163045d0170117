"""What the auditor found, and how far it is."""

from django.db import models
from django.db.models import Q

from intents.accounts.models.tenancy import Workspace
from intents.kernel.models import Row


class AuditFinding(Row):
    """A rule that rows break, or broke until `resolved_at`. `intent_id` and its workspace are null where the rows belong to
    no intent. It counts from `counts_at` on: some rules may be broken for a moment, until a job has mended it."""

    rule = models.TextField()
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, db_constraint=False, db_index=False)
    intent_id = models.UUIDField(null=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    counts_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Resolved ones are pruned by their age.
            models.Index(fields=["resolved_at"], condition=Q(resolved_at__isnull=False), name="finding_resolved"),
        ]
        constraints = [
            # What is broken now; and each thing once.
            models.UniqueConstraint(
                fields=["rule", "intent_id"],
                condition=Q(resolved_at__isnull=True),
                nulls_distinct=False,
                name="finding_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule}: {self.intent_id or 'not of an intent'}"


class AuditProgress(models.Model):
    """How far the auditor is: one row. `recent` is the last event it saw, `walked` the last intent of its walk through all,
    which began at `lap_began_at`; the walk before took until `lap_ended_at`. `passed_at` is when a pass ended last, `size`
    how many intents the next slice has, `passed_by` how many events were left to the walk since the program began."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    recent = models.UUIDField()
    walked = models.UUIDField()
    size = models.PositiveIntegerField()
    lap_began_at = models.DateTimeField()
    lap_ended_at = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True)
    passed_by = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_progress_is_one_row")]

    def __str__(self) -> str:
        return f"audited up to {self.walked}"
