"""Mail that is owed."""

from django.db import models
from django.db.models import Q

from intents.models.base import Row
from intents.models.invitation import Invitation


class LetterState(models.TextChoices):
    READY = "ready"
    LEASED = "leased"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class Letter(Row):
    """One mail to an address, owed until it is sent, failed or skipped.

    `sealed` is its text, encrypted: it may hold a link that lets somebody in. It is gone when the letter is over. `due_at`
    is when to try next; while LEASED, when the lease of the `attempt`th try runs out. `answer` is what the mail server said
    last. One that brings an `invitation` is skipped when that is over.
    """

    to = models.EmailField(max_length=254)
    subject = models.TextField()
    sealed = models.BinaryField(null=True)
    invitation = models.OneToOneField(Invitation, models.CASCADE, null=True, related_name="letter")
    state = models.CharField(max_length=8, choices=LetterState.choices, default=LetterState.READY)
    due_at = models.DateTimeField()
    attempt = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # What is to be sent.
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[LetterState.READY, LetterState.LEASED]),
                name="letter_due",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed__isnull=False, ended_at=None) | Q(sealed=None, ended_at__isnull=False),
                name="letter_wiped_when_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"
