"""Access requests that are asked about in tasks, looked at every few seconds."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("intents", "0069_access_tasks"),
    ]

    operations = [
        AddIndexConcurrently(
            "accessrequest",
            models.Index(fields=["id"], condition=Q(task_intent_id__isnull=False), name="access_request_asked"),
        ),
    ]
