"""What tasks are like, so that earlier decisions about the same are found."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0016_task_voted_on")]

    operations = [
        migrations.AddField("task", "likeness", models.BinaryField(max_length=16, null=True)),
        AddIndexConcurrently(
            "task",
            models.Index(
                fields=["workspace", "likeness", "-decided_at"],
                condition=Q(("decided_at__isnull", False), ("likeness__isnull", False)),
                name="task_alike",
            ),
        ),
    ]
