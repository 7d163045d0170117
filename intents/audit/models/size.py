"""How large tables are, day by day."""

from django.db import models


class TableSize(models.Model):
    """How large a table was on a day, with its indexes."""

    day = models.DateField()
    name = models.CharField(max_length=63)
    bytes = models.BigIntegerField()
    rows = models.BigIntegerField()

    class Meta:
        constraints = [
            # What was noted of a table, by day; and once a day.
            models.UniqueConstraint(fields=["day", "name"], name="table_size_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} on {self.day}"
