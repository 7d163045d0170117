"""Decisions on record."""

from django.db import models
from django.db.models import Q

from inbox.tasks.models.standing_grant import StandingGrant
from inbox.tasks.models.task import Task
from intents.accounts.models import User, Workspace
from intents.kernel.models import Row


class Decision(Row):
    """What a person decided, written once. `digest` is that of what they were shown, `data` canonical JSON or null.

    `authority` is by what right: direct, escalation, delegate (in the place of `delegated_by`) or override; `channel` the
    surface that was used: web, api, mail, or grant where its person decided it in advance, by a `standing_grant`. A held
    decision that never took effect is void: its person took it back, or the intent ended meanwhile (`void_reason`). Its
    receipt is redeemed once, `redeemed_by` the credential that then acts.

    Where several people decide, each vote is a decision of its own that `counts_for` somebody, in one `stage` of the task;
    `final` is the one that ended it. A vote is void, too, once it was changed or the task went back to an earlier stage.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    task = models.ForeignKey(Task, models.PROTECT, related_name="decisions", db_constraint=False, db_index=False)
    revision = models.PositiveIntegerField()
    digest = models.BinaryField(max_length=32)
    person = models.ForeignKey(User, models.PROTECT, related_name="+")
    authority = models.CharField(max_length=16)
    delegated_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    channel = models.CharField(max_length=16)
    outcome = models.CharField(max_length=64)
    comment = models.TextField(null=True)
    data = models.TextField(null=True)
    at = models.DateTimeField()
    void_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=16, null=True)
    final = models.BooleanField(default=True, db_default=True)
    stage = models.PositiveSmallIntegerField(default=0, db_default=0)
    counts_for = models.UUIDField(null=True)
    redeemed_at = models.DateTimeField(null=True)
    redeemed_by = models.CharField(max_length=400, null=True)
    standing_grant = models.ForeignKey(
        StandingGrant, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )

    class Meta:
        indexes = [
            # The decisions of a task that never took effect, for its history.
            models.Index(fields=["task"], condition=Q(void_at__isnull=False), name="decision_void"),
            # What may have been overturned: votes, and what was undone or sent back.
            models.Index(
                fields=["workspace", "id"],
                condition=Q(final=False) | Q(void_reason__in=["returned", "taken_back"]),
                name="decision_overturned",
            ),
        ]
        constraints = [
            # The decisions of a task that hold; and nobody votes twice in a stage, whatever the code above does.
            models.UniqueConstraint(
                fields=["task", "revision", "stage", "person"], condition=Q(void_at__isnull=True), name="decision_by_once"
            ),
            # The one that ended it; and no revision is decided twice.
            models.UniqueConstraint(
                fields=["task", "revision"], condition=Q(void_at__isnull=True, final=True), name="decision_final_once"
            ),
            # Nor is anybody voted for twice.
            models.UniqueConstraint(
                fields=["task", "revision", "stage", "counts_for"],
                condition=Q(void_at__isnull=True, counts_for__isnull=False),
                name="decision_for_once",
            ),
            models.CheckConstraint(
                condition=Q(void_at__isnull=True, void_reason__isnull=True)
                | Q(void_at__isnull=False, void_reason__in=["taken_back", "overtaken", "changed", "returned"]),
                name="decision_void_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} by {self.person_id}"
