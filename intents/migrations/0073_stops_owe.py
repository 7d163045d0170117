"""What is yet to be done about agents that were stopped."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("intents", "0072_push_configs"),
    ]

    operations = [
        migrations.AddField("agentstop", "owed", models.JSONField(null=True)),
        AddIndexConcurrently(
            "agentstop",
            models.Index(fields=["workspace", "name"], condition=~models.Q(owed=None), name="agent_stop_owed"),
        ),
    ]
