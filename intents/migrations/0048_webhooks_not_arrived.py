"""What did not arrive at an endpoint is found and counted without reading what arrived there, or elsewhere did not."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("intents", "0047_events_about_intents"),
    ]

    operations = [
        AddIndexConcurrently(
            "webhookmessage",
            models.Index(
                fields=["subscription", "state", "-id"],
                condition=Q(("state__in", ["failed", "skipped"])),
                name="webhook_not_arrived_there",
            ),
        ),
    ]
