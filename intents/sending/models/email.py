"""Email to an address."""

from django.db import models
from django.db.models import Q

from intents.sending.models.sending import Sending, SendState


class Email(Sending):
    """An email to an address, enqueued and then on record.

    `sealed` is its text, encrypted: it may hold a link that lets somebody in. It is gone when the email is over. One
    that brings an `invitation` is skipped when that is over.
    """

    to = models.EmailField(max_length=254)
    subject = models.TextField()
    sealed = models.BinaryField(null=True)
    invitation = models.OneToOneField("intents.Invitation", models.CASCADE, null=True, related_name="outgoing_email")

    class Meta:
        db_table = "intents_letter"  # As is, with its indexes: the version before writes it while this one starts.
        indexes = [
            # What is to be sent.
            models.Index(
                fields=["due_at"],
                condition=Q(state__in=[SendState.READY, SendState.LEASED]),
                name="letter_due",
            ),
            # How many an address was sent lately.
            models.Index(fields=["to", "created_at"], name="letter_to"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(sealed__isnull=False, ended_at=None) | Q(sealed=None, ended_at__isnull=False),
                name="letter_wiped_when_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"
