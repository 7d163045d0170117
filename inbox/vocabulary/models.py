"""What rows share that people edit on a page."""

from django.db import models

from intents.kernel.models import Row


class Edited(Row):
    """A row with optimistic concurrency: `revision` counts its changes, so that who edited an older one is told instead of
    overwriting it. `changed_by` is the label of who made the last change, null when nobody changed it yet."""

    revision = models.PositiveIntegerField(default=1, db_default=1)
    changed_at = models.DateTimeField(null=True)
    changed_by = models.TextField(null=True)

    class Meta:
        abstract = True
