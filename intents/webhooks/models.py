"""Endpoints and what is posted to them."""

from uuid import UUID, uuid5

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from intents.accounts.models import Agent, Workspace
from intents.kernel.models import Row
from intents.sending.models import Sending, SendState

PENDING = Q(state__in=[SendState.READY, SendState.LEASED])
MAX_IN_FLIGHT = 4


class PayloadKind(models.TextChoices):
    """What a message tells: which event it was, or all of it."""

    THIN = "thin"
    FULL = "full"


class Disabled(models.TextChoices):
    """Why nothing is posted to an endpoint."""

    PERSON = "person"
    """Somebody switched it off."""
    GONE = "gone"
    """It answered 410."""
    FAILING = "failing"
    """Nothing but failures for too long."""


class Subscription(Row):
    """An endpoint, `callback_url`, and which events of its workspace are posted there: of `event_types` (`intent.*` is all
    that begin so), of the local names `agents` and of `intent_types` where those name any.

    With `owner_agent`, a local name, it gets only what concerns that agent. `signing` are its secrets, encrypted, the newest
    shown as `secret_hint`. Events up to `after_seq` of the feed were before its time. While it is not `active` what happens
    for it is kept as skipped. Once it is revoked nothing is. At most `max_in_flight` are posted at a time, and
    `rate_per_second` on average, which `paced_until` accounts for; when `ordered`, one at a time of an intent.

    With `completions_of` it is the URL of that agent, its `owner_agent`, which gets the ends of the intents that name it in
    `reply_to`; the URL and the secrets are the agent's.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    owner_agent = models.CharField(max_length=241, blank=True, default="")
    completions_of = models.ForeignKey(
        Agent, models.CASCADE, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    callback_url = models.CharField(max_length=2048)
    event_types = ArrayField(models.CharField(max_length=100))
    agents = ArrayField(models.CharField(max_length=241), default=list)
    intent_types = ArrayField(models.CharField(max_length=255), default=list)
    payload = models.CharField(max_length=4, choices=PayloadKind.choices, default=PayloadKind.FULL)
    description = models.CharField(max_length=255, blank=True, default="")
    metadata = models.JSONField(default=dict)
    rate_per_second = models.FloatField(null=True)
    paced_until = models.DateTimeField(null=True)
    ordered = models.BooleanField(default=False)
    max_in_flight = models.PositiveSmallIntegerField(default=MAX_IN_FLIGHT)
    signing_kind = models.CharField(max_length=7, default="hmac")
    signing = models.BinaryField()
    secret_hint = models.CharField(max_length=32)
    active = models.BooleanField(default=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=8, choices=Disabled.choices, null=True)
    after_seq = models.BigIntegerField(default=0)
    created_by = models.CharField(max_length=383)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    new_secret: str | None = None
    """Of one that was just made: shown once, and not kept."""

    class Meta:
        constraints = [
            # The same endpoint of an agent is one subscription, however often it is upserted; and the endpoints of a
            # workspace.
            models.UniqueConstraint(
                fields=["workspace", "owner_agent", "callback_url"],
                condition=Q(revoked_at__isnull=True, completions_of=None),
                name="subscription_once",
            ),
            models.UniqueConstraint(
                fields=["completions_of"], condition=Q(revoked_at__isnull=True), name="subscription_of_completions_once"
            ),
            models.CheckConstraint(
                condition=Q(active=True, disabled_at=None, disabled_reason=None)
                | Q(active=False, disabled_at__isnull=False, disabled_reason__isnull=False),
                name="subscription_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.callback_url} ({'active' if self.active else self.disabled_reason})"


class WebhookMessage(Sending):
    """An event on its way to the endpoint of a `subscription`, then on record. `body` is the JSON text that is posted, kept
    so that it can be posted again, and gone when what it tells was erased. `replay_of` is the message that it repeats."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    subscription = models.ForeignKey(
        Subscription, models.CASCADE, db_constraint=False, db_index=False, related_name="messages"
    )
    event_id = models.UUIDField()
    event_type = models.CharField(max_length=100)
    intent_id = models.UUIDField(null=True)
    body = models.TextField(null=True)
    replay_of = models.UUIDField(null=True)

    class Meta:
        indexes = [
            # What is due, endpoint by endpoint, and when the next is.
            models.Index(fields=["subscription", "due_at"], condition=PENDING, name="webhook_due_of_endpoint"),
            models.Index(fields=["due_at"], condition=PENDING, name="webhook_due"),
            # What of an intent is before it, where order is kept.
            models.Index(
                fields=["subscription", "intent_id", "created_at", "id"],
                condition=PENDING & Q(intent_id__isnull=False),
                name="webhook_in_order",
            ),
            # The messages of a workspace and of an endpoint, newest first, and those of them that did not arrive.
            models.Index(fields=["workspace", "-id"], name="webhook_newest"),
            models.Index(fields=["subscription", "-id"], name="webhook_newest_of_endpoint"),
            models.Index(
                fields=["workspace", "-id"],
                condition=Q(state__in=[SendState.FAILED, SendState.SKIPPED]),
                name="webhook_not_arrived",
            ),
            # Those of an endpoint by state: counted, and listed newest first.
            models.Index(
                fields=["subscription", "state", "-id"],
                condition=Q(state__in=[SendState.FAILED, SendState.SKIPPED]),
                name="webhook_not_arrived_there",
            ),
            # What tells of an intent.
            models.Index(fields=["intent_id"], condition=Q(intent_id__isnull=False), name="webhook_of_intent"),
            # What tells of an event.
            models.Index(fields=["event_id"], name="webhook_of_event"),
        ]
        constraints = [
            # An event reaches an endpoint once, however often it is fed.
            models.UniqueConstraint(
                fields=["subscription", "event_id"], condition=Q(replay_of__isnull=True), name="webhook_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.id} ({self.state})"

    @property
    def webhook_id(self) -> str:
        return webhook_id(self.subscription_id, self.event_id)


def webhook_id(subscription_id: UUID, event_id: UUID) -> str:
    """The id of what an endpoint is told of an event: the same over all tries and replays."""
    return f"msg_{uuid5(subscription_id, event_id.hex).hex}"


class FanOutCursor(models.Model):
    """How far in the feed messages were made of events."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="fan_out_cursor_is_one_row")]

    def __str__(self) -> str:
        return str(self.seq)
