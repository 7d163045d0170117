"""What is to leave the server, and how the tries to send it went."""

from django.db import models

from intents.kernel.models import Row


class SendState(models.TextChoices):
    READY = "ready"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class Sending(Row):
    """A row of an outbox: pending until it is sent, failed (a dead letter) or skipped.

    `due_at` is when to try next; while LEASED, when the lease of the `attempt`th try runs out. `answer` is what the provider
    said last.
    """

    state = models.CharField(max_length=8, choices=SendState.choices, default=SendState.READY)
    due_at = models.DateTimeField()
    attempt = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
