"""Deliveries on their way to agents' URLs."""

from django.db import models
from django.db.models import Q

from intents.accounts.models import Agent
from intents.engine.models import Delivery
from intents.sending.models import Sending, SendState


class Push(Sending):
    """A leased delivery that is posted to its agent's URL. It is skipped when the lease is over; `body`, the JSON text, is
    gone when the push is."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, db_constraint=False, related_name="pushes")
    lease_token = models.UUIDField()
    agent = models.ForeignKey(Agent, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    body = models.TextField(null=True)

    class Meta:
        indexes = [
            # What is due, agent by agent.
            models.Index(
                fields=["agent", "due_at"],
                condition=Q(state__in=[SendState.READY, SendState.LEASED]),
                name="push_due_of_agent",
            ),
            # When the next is due.
            models.Index(fields=["due_at"], condition=Q(state__in=[SendState.READY, SendState.LEASED]), name="push_due"),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({self.state})"
