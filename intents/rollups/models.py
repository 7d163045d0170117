"""What was counted, and which hours were."""

from django.db import models

from intents.accounts.models import Workspace


class HourlyCount(models.Model):
    """How often something happened in an hour of a workspace: `measure` what, `label` which of its kinds, and for lengths of
    time in which `bucket` of the histogram they lie."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    hour = models.DateTimeField()
    measure = models.CharField(max_length=16)
    label = models.CharField(max_length=40)
    bucket = models.PositiveSmallIntegerField()
    count = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            # What a chart reads: a workspace's hours in their order.
            models.UniqueConstraint(fields=["workspace", "hour", "measure", "label", "bucket"], name="hourlycount_once"),
        ]
        # An hour that is counted anew, and hours that are past their time.
        indexes = [models.Index(fields=["hour"], name="hourlycount_hour")]

    def __str__(self) -> str:
        return f"{self.measure} {self.label} at {self.hour}"


class FoldedHour(models.Model):
    """An hour that was counted for all workspaces. It is `final` once no transaction can still add to it: all older than
    `fence`, the newest there was a while after the hour had ended, are over. `version` is what was kept of it, as
    `folding.VERSION` has it."""

    hour = models.DateTimeField(primary_key=True)
    fence = models.BigIntegerField(null=True)
    final = models.BooleanField(default=False)
    version = models.PositiveSmallIntegerField(default=1, db_default=1)

    def __str__(self) -> str:
        return f"{self.hour}"
