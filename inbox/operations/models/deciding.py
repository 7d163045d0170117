"""How people decided, by the hour."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from intents.accounts.models import Workspace


class DecidingHour(models.Model):
    """How a person or the members of a group (`principal`) decided in an hour, as `inbox.operations.deciding` counts it.

    `looks` and `takes` are seconds: from a task's assignment to the first look at it, and to the decision, one for each
    decision that stands; `others` are the `takes` of those that were undone or `returned` by a later stage, `thoughts` the
    seconds from the first look to the decision, of all. Of sums of quantiles no quantile can be made; of all the times it
    can.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    hour = models.DateTimeField()
    principal = models.CharField(max_length=48)
    decided = models.PositiveIntegerField()
    undone = models.PositiveIntegerField()
    returned = models.PositiveIntegerField(default=0, db_default=0)
    expired = models.PositiveIntegerField()
    looked = models.PositiveIntegerField()
    hasty = models.PositiveIntegerField()
    reminders = models.PositiveBigIntegerField()
    looks = ArrayField(models.FloatField())
    takes = ArrayField(models.FloatField())
    thoughts = ArrayField(models.FloatField(), default=list, db_default=[])
    others = ArrayField(models.FloatField(), default=list, db_default=[])

    class Meta:
        constraints = [
            # What is read: one person's hours, or everybody's.
            models.UniqueConstraint(fields=["workspace", "principal", "hour"], name="decidinghour_once"),
        ]
        # An hour that is counted anew, and hours that are past their time.
        indexes = [models.Index(fields=["hour"], name="decidinghour_hour")]

    def __str__(self) -> str:
        return f"{self.principal} at {self.hour}"
