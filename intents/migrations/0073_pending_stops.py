"""What is yet to be done about agents that were stopped."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("intents", "0072_push_configs"),
    ]

    operations = [
        migrations.AddField("agentstop", "pending", models.JSONField(null=True)),
        AddIndexConcurrently(
            "agentstop",
            models.Index(fields=["workspace", "name"], condition=~models.Q(pending=None), name="agent_stop_pending"),
        ),
    ]
