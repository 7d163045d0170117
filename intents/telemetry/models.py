"""How far traces were sent."""

from django.db import models


class TraceCursor(models.Model):
    """The first leaf of the tree of all events whose trace was not sent yet: one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    next_leaf = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="trace_cursor_is_one_row")]

    def __str__(self) -> str:
        return f"traced up to leaf {self.next_leaf}"
