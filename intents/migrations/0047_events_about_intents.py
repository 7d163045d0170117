"""What happens about an intent beside its own history, as to a task, says which intent that is, and goes with it."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("intents", "0046_vacuum_after_inserts"),
    ]

    operations = [
        migrations.AddField(
            model_name="workspaceevent",
            name="intent_id",
            field=models.UUIDField(null=True),
        ),
        AddIndexConcurrently(
            "workspaceevent",
            models.Index(fields=["intent_id"], condition=Q(("intent_id__isnull", False)), name="workspace_event_of_intent"),
        ),
    ]
