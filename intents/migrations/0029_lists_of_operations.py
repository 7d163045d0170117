"""Indexes for the lists of operations. Each holds few rows: what is due, retried, dead or has ended."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

ENDED = Q(("status__in", ["CANCELED", "COMPLETED", "FAILED", "TIMED_OUT"]))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("intents", "0028_email_names")]

    operations = [
        AddIndexConcurrently(
            "delivery",
            models.Index(
                fields=["workspace", "intent"],
                condition=Q(("attempt__gte", 1), ("hands_out", True), ("state", "ready"))
                | Q(("attempt__gte", 2), ("hands_out", True), ("state", "leased")),
                name="delivery_again",
            ),
        ),
        AddIndexConcurrently(
            "delivery",
            models.Index(fields=["workspace", "intent"], condition=Q(("state", "dead")), name="delivery_dead"),
        ),
        AddIndexConcurrently(
            "intent",
            models.Index(
                fields=["workspace", "deadline_at"], condition=~ENDED & Q(("deadline_at__isnull", False)), name="intent_due"
            ),
        ),
        AddIndexConcurrently(
            "intent",
            models.Index(fields=["workspace", "status", "updated_at"], condition=ENDED, name="intent_ended"),
        ),
        AddIndexConcurrently(
            "intent",
            models.Index(fields=["workspace", "id"], condition=~ENDED & Q(("retry_count__gt", 0)), name="intent_retried"),
        ),
        AddIndexConcurrently(
            "wait",
            models.Index(
                fields=["workspace", "deadline_at"],
                condition=Q(("reason__in", ["WAITING_FOR_AGENT", "WAITING_FOR_TOOL"]), ("state", "open")),
                name="wait_for_programs",
            ),
        ),
    ]
