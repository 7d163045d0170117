"""What was decided is counted from an index alone, and what not everybody may decide is found by one.

A new index is there before the old one goes.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0009_vacuum_after_inserts")]

    operations = [
        AddIndexConcurrently(
            "task",
            models.Index(
                fields=["workspace", "-over_at", "-id"],
                include=["intent", "state"],
                condition=models.Q(("over_at__isnull", False)),
                name="task_over_by",
            ),
        ),
        RemoveIndexConcurrently("task", "task_over"),
        AddIndexConcurrently(
            "task",
            models.Index(
                fields=["workspace", "id"],
                condition=models.Q(
                    ("state__in", ["claimed", "open"]),
                    models.Q(("state", "claimed"), models.Q(("excluded", []), _negated=True), _connector="OR"),
                ),
                name="task_kept_from_some",
            ),
        ),
    ]
