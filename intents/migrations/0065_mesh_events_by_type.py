"""What happened to agents, by what it was."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("intents", "0064_receiving"),
    ]

    operations = [
        AddIndexConcurrently(
            "meshevent", models.Index(fields=["workspace", "event_type", "-id"], name="mesh_event_of_type")
        ),
    ]
