"""What a workspace may use, and what it has used."""

from django.db import models
from django.db.models import Q

from intents.accounts.models import Workspace
from intents.kernel.models import Row


class Overage(models.TextChoices):
    """What becomes of what is over a limit: it is refused, or taken and told of. Nothing is billed here."""

    BLOCK = "block"
    GRACE = "grace"
    BILL = "bill_overage"


class QuotaPolicy(Row):
    """How much a workspace may use of each dimension in `limits`; of another as much as it likes. At the soft threshold, in
    percent of a limit, its owners and admins are told. Only with `hard_enforcement` and the overage mode `block` is anything
    refused."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="quota_policy")
    limits = models.JSONField(default=dict)
    soft_threshold_percent = models.PositiveSmallIntegerField(default=80)
    hard_enforcement = models.BooleanField(default=True)
    overage_mode = models.CharField(max_length=16, choices=Overage.choices, default=Overage.BLOCK)
    revision = models.PositiveIntegerField(default=1)
    updated_by = models.CharField(max_length=383)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(soft_threshold_percent__gte=1, soft_threshold_percent__lte=100), name="quota_policy_threshold"
            )
        ]

    def __str__(self) -> str:
        return f"quotas of {self.workspace_id}"


class UsageMeter(Row):
    """What a workspace has used of a dimension on a UTC day. `warned_at` is when somebody was told that much is used."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    dimension = models.CharField(max_length=40)
    day = models.DateField()
    used = models.BigIntegerField(default=0)
    warned_at = models.DateTimeField(null=True)

    class Meta:
        # What is used is added to the day's row; a summary reads some days of a workspace.
        constraints = [models.UniqueConstraint(fields=["workspace", "day", "dimension"], name="usage_meter_once")]

    def __str__(self) -> str:
        return f"{self.dimension} on {self.day}: {self.used}"
