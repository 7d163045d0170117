"""A2A's list of tasks, by their last change."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("intents", "0075_placements"),
    ]

    operations = [
        AddIndexConcurrently(
            "intent",
            models.Index(
                fields=["workspace", "updated_at", "id"], condition=~models.Q(status="CREATED"), name="intent_changed"
            ),
        ),
    ]
