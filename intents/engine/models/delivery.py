"""Work that must reach somebody: one row per obligation, the outbox and the mailbox in one."""

from django.db import models
from django.db.models import Q

from intents.accounts.models.tenancy import Workspace
from intents.engine.models.intent import Intent
from intents.kernel.models import Row


class DeliveryState(models.TextChoices):
    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"


class Delivery(Row):
    """An obligation to hand `intent` to `target` by `binding`: into an agent's hands if `hands_out`, and carried out
    `by_server` or else by whoever comes for it. Both are what the registry of bindings said when the row was written.

    A delivery leases the row: `attempt` counts deliveries, `mailbox_seq` numbers them, `lease_token` fences the holder.
    `carried_by` is the server process whose open connection carries the lease, null when no connection does.
    `begun_at` is the holder's first call; `resume` the canonical JSON of what satisfied the wait before.
    `excused` tells that the lease outlived a standstill of the server and was not renewed since: its end is nobody's fault.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    intent = models.ForeignKey(Intent, models.CASCADE, related_name="deliveries", db_constraint=False, db_index=False)
    binding = models.CharField(max_length=32)
    hands_out = models.BooleanField(default=True, db_default=True)
    by_server = models.BooleanField(default=True, db_default=True)
    target = models.CharField(max_length=383)
    state = models.CharField(max_length=8, choices=DeliveryState.choices, default=DeliveryState.READY)
    attempt = models.PositiveIntegerField(default=0)
    mailbox_seq = models.BigIntegerField(null=True)
    lease_token = models.UUIDField(null=True)
    lease_seconds = models.PositiveIntegerField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    holder_key_id = models.UUIDField(null=True)
    carried_by = models.UUIDField(null=True)
    begun_at = models.DateTimeField(null=True)
    excused = models.BooleanField(default=False, db_default=False)
    resume = models.TextField(null=True)
    last_error = models.TextField(null=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # What an address may be handed next. Holds only waiting work, so parked and finished intents cost it nothing.
            models.Index(
                fields=["workspace", "binding", "target", "id"],
                condition=Q(state=DeliveryState.READY),
                name="delivery_ready",
            ),
            # What this server itself must carry out, whatever the workspace: children's results, internal handlers.
            models.Index(
                fields=["binding", "id"],
                condition=Q(state=DeliveryState.READY, by_server=True),
                name="delivery_by_server",
            ),
            # Leases that run out.
            models.Index(fields=["lease_expires_at"], condition=Q(state=DeliveryState.LEASED), name="delivery_lease_due"),
            # The leases that a process carries on open connections.
            models.Index(
                fields=["carried_by"],
                condition=Q(state=DeliveryState.LEASED, carried_by__isnull=False),
                name="delivery_carried",
            ),
            # Work that is delivered again, and dead letters: the lists of operations.
            models.Index(
                fields=["workspace", "intent"],
                condition=Q(hands_out=True, state=DeliveryState.READY, attempt__gte=1)
                | Q(hands_out=True, state=DeliveryState.LEASED, attempt__gte=2),
                name="delivery_again",
            ),
            models.Index(fields=["workspace", "intent"], condition=Q(state=DeliveryState.DEAD), name="delivery_dead"),
            # The deliveries of an intent.
            models.Index(fields=["intent", "id"], name="delivery_of_intent"),
        ]
        constraints = [
            # An intent is in one agent's hands, or on its way into them, at most once.
            models.UniqueConstraint(
                fields=["intent"],
                condition=Q(hands_out=True, state__in=[DeliveryState.READY, DeliveryState.LEASED]),
                name="delivery_handed_to_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intent_id} to {self.target} ({self.state})"
