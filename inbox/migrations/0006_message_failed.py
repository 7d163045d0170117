"""An index for the list of messages that could not be sent, which are few."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0005_bulks")]

    operations = [
        AddIndexConcurrently(
            "message",
            models.Index(fields=["workspace", "-id"], condition=Q(("state", "failed")), name="message_failed"),
        ),
    ]
