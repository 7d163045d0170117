"""How many intents the large lists hold, of what is old."""

from django.db import models

from intents.accounts.models import Workspace


class CountedList(models.Model):
    """A list of a workspace that holds very many intents, and whose intents stay in it until they are erased: all, or those
    that have `words`, as they are asked of documents. `number` of them have an id below `edge`, as of `counted_at`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False, related_name="+")
    words = models.TextField()
    edge = models.UUIDField()
    number = models.BigIntegerField()
    counted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "words"], name="list_counted_once")]

    def __str__(self) -> str:
        return f"{self.number} for {self.words or 'all'}"


class DecidedCount(models.Model):
    """How many intents of a workspace were decided within a `span` that ended `until` a moment, where they are very many."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False, related_name="+")
    span = models.DurationField()
    until = models.DateTimeField()
    number = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "span"], name="decided_counted_once")]

    def __str__(self) -> str:
        return f"{self.number} in {self.span}"
