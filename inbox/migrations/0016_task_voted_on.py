"""What several people decide, to see whether they are still enough."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0015_views_of_tasks")]

    operations = [
        AddIndexConcurrently(
            "task",
            models.Index(
                fields=["id"],
                condition=Q(("ballot__isnull", False), ("state__in", ["claimed", "open"])),
                name="task_voted_on",
            ),
        ),
    ]
