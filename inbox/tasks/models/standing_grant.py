"""Standing grants: what people decided in advance."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from intents.accounts.models import User, Workspace
from intents.kernel.models import Row


class StandingGrant(Row):
    """What `grantor` decides in advance: tasks to come that fit `match`, with `outcome`, within `limits`, until
    `expires_at`.

    `match` and `limits` are canonical JSON as `inbox.standing.pattern` reads them, `risk` is the highest that it covers. Its
    days are those of `time_zone`. It ends once: `ended_by` is the label of who ended it, `ended_reason` is revoked, or
    grantor_left where the grantor may not decide any more, and `note` what was said about it. One that has expired is not
    written.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    grantor = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=120)
    match = models.TextField()
    limits = models.TextField()
    risk = models.CharField(max_length=8)
    outcome = models.CharField(max_length=64)
    comment = models.TextField(null=True)
    time_zone = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)
    ended_reason = models.CharField(max_length=16, null=True)
    note = models.TextField(null=True)

    class Meta:
        indexes = [
            # What may decide a new task of a workspace.
            models.Index(fields=["workspace", "id"], condition=Q(ended_at__isnull=True), name="standinggrant_active"),
            # The list of a workspace, the newest first.
            models.Index(fields=["workspace", "-id"], name="standinggrant_listed"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="standinggrant_ends_later"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ended_reason__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False, ended_reason__in=["revoked", "grantor_left"]),
                name="standinggrant_end_has_reason",
            ),
        ]

    def state_at(self, now: datetime) -> str:
        """active, expired, revoked, or ended, as its grantor may not decide any more."""
        if self.ended_at is not None:
            return "revoked" if self.ended_reason == "revoked" else "ended"
        return "active" if self.expires_at > now else "expired"

    def __str__(self) -> str:
        return f"{self.name} of {self.grantor_id}"
