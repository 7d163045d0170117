"""Which intent another one runs again, and the index by which that one leads there."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("intents", "0033_table_sizes")]

    operations = [
        migrations.AddField("intent", "rerun_of_id", models.UUIDField(null=True)),
        AddIndexConcurrently(
            "intent",
            models.Index(fields=["rerun_of_id"], condition=Q(("rerun_of_id__isnull", False)), name="intent_reruns"),
        ),
    ]
