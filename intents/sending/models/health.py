"""Endpoints with which something is wrong."""

from django.db import models
from django.db.models import Q

from intents.kernel.models import Row


class DisabledReason(models.TextChoices):
    FAILING = "failing"
    """Nothing but failures for too long."""
    GONE = "gone"
    """It answered that it is gone."""


class EndpointHealth(Row):
    """What is wrong with an endpoint: the URL of the agent, or of the subscription, with this id, or an origin that clients
    want to be told at. One that takes what is posted to it has no row.

    Nothing but failures came since `failing_since`; of those `marked_at` and `marked_before` are the last two of which each
    is long enough after the one before it. Of `told` percent of the time until it is disabled somebody was told. In a row
    `faults` tries got no answer at all; while those are too many, one more is made after `probe_at`. Once it is disabled
    nothing is posted to it.
    """

    workspace = models.ForeignKey("intents.Workspace", models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    failing_since = models.DateTimeField()
    marked_at = models.DateTimeField()
    marked_before = models.DateTimeField(null=True)
    told = models.PositiveSmallIntegerField(default=0)
    faults = models.PositiveIntegerField(default=0)
    probe_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=8, choices=DisabledReason.choices, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(disabled_at=None, disabled_reason=None)
                | Q(disabled_at__isnull=False, disabled_reason__isnull=False),
                name="endpoint_disabled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id}: {self.disabled_reason or f'failing since {self.failing_since}'}"
