"""Indexes from which operations count what waits, by what for and since when, and list it."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("intents", "0037_redactions")]

    operations = [
        AddIndexConcurrently(
            "intent",
            models.Index(
                fields=["workspace", "waiting_reason", "-id"], condition=Q(("status", "WAITING")), name="intent_waits_for"
            ),
        ),
        AddIndexConcurrently(
            "wait",
            models.Index(
                fields=["workspace", "reason", "opened_at"],
                include=["id", "intent"],
                condition=Q(("state", "open")),
                name="wait_since",
            ),
        ),
    ]
