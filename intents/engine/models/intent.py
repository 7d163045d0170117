"""Intents, what they carry, and their history."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast

from intents.accounts.models.tenancy import Workspace
from intents.engine.lifecycle import TERMINAL, EventType, Status, WaitReason
from intents.kernel import canonical
from intents.kernel.models import Row

ENDED = Q(status__in=sorted(status.value for status in TERMINAL))
OPEN = ~ENDED

THIS_TRANSACTION = Cast(Cast(models.Func(function="pg_current_xact_id"), models.TextField()), models.BigIntegerField())


class Intent(Row):
    """The current state of one intent: the fold of its events.

    `sender`, `mailbox` and `reply_mailbox` are local names that queries use; `from_agent`, `to_agent` and `reply_to` are the
    spellings that were sent. `controls` and `policy` are canonical JSON. `seq`, `last_hash` describe the newest event;
    `checkpoint_seq` and, once the status is terminal, `seq` lead to the event that holds the checkpoint and the result.
    `account_id` is the agent whose key submitted it, whatever name it spoke as, and `person_id` the user whose token came
    along, or who ran again the intent `rerun_of_id` as this one. `changed_in` is the transaction that changed the row last:
    unlike a time, it tells what may still be uncommitted.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    intent_type = models.CharField(max_length=255)
    status = models.CharField(max_length=16)
    waiting_reason = models.CharField(max_length=20, null=True)
    account_id = models.UUIDField(null=True)
    person_id = models.UUIDField(null=True)
    sender = models.CharField(max_length=241)
    from_agent = models.CharField(max_length=383)
    mailbox = models.CharField(max_length=241)
    to_agent = models.CharField(max_length=383)
    reply_mailbox = models.CharField(max_length=241, null=True)
    reply_to = models.CharField(max_length=383, null=True)
    handler = models.CharField(max_length=383, null=True)
    correlation_id = models.UUIDField()
    parent_id = models.UUIDField(null=True)
    rerun_of_id = models.UUIDField(null=True)
    seq = models.PositiveIntegerField()
    last_hash = models.BinaryField(max_length=32)
    checkpoint_seq = models.PositiveIntegerField(null=True)
    policy_generation = models.PositiveIntegerField(default=1)
    controls = models.TextField(default="{}")
    policy = models.TextField(default="{}")
    deadline_at = models.DateTimeField(null=True)
    remind_after_seconds = models.PositiveIntegerField(null=True)
    remind_interval_seconds = models.PositiveIntegerField(null=True)
    max_reminders = models.PositiveIntegerField(null=True)
    remind_count = models.PositiveIntegerField(default=0)
    escalate_to = models.CharField(max_length=383, null=True)
    max_delivery_attempts = models.PositiveIntegerField(null=True)
    retry_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    changed_in = models.BigIntegerField(db_default=THIS_TRANSACTION)

    stopped: Mapping[str, str] = MappingProxyType({})
    """Of one that was locked: the states of those agents that are stopped, among the ones concerned."""

    class Meta:
        indexes = [
            # GET /v1/intents?status=: the live ones of a status, however many are finished.
            models.Index(fields=["workspace", "status", "-id"], condition=OPEN, name="intent_live"),
            # GET /v1/intents?to_agent= and an agent's inbox.
            models.Index(fields=["workspace", "mailbox", "-id"], name="intent_mailbox"),
            # GET /v1/intents?from_agent=
            models.Index(fields=["workspace", "sender", "-id"], name="intent_sender"),
            # An agent's inbox: completions that came back to it.
            models.Index(
                fields=["workspace", "reply_mailbox", "-id"],
                condition=Q(reply_mailbox__isnull=False),
                name="intent_reply",
            ),
            # An agent's inbox and what changed in it, by the last change: threads addressed to it, and completions. With the
            # workspace first, foreign keys would be checked by it for as long as the table has not been analysed.
            models.Index(fields=["mailbox", "workspace", "changed_in", "id"], name="intent_changes_of_mailbox"),
            models.Index(
                fields=["workspace", "reply_mailbox", "changed_in", "id"],
                condition=Q(reply_mailbox__isnull=False) & ENDED,
                name="intent_completion_changes",
            ),
            # A2A's list of tasks: by the last change, newest first, read backwards. None is ever stored as CREATED: so that
            # foreign keys, which say nothing of the status, are not checked by it.
            models.Index(
                fields=["workspace", "updated_at", "id"], condition=~Q(status=Status.CREATED), name="intent_changed"
            ),
            # What is due, and past due, among what is open: the lists of operations.
            models.Index(
                fields=["workspace", "deadline_at"], condition=OPEN & Q(deadline_at__isnull=False), name="intent_due"
            ),
            # What waits, by what for, newest first.
            models.Index(
                fields=["workspace", "waiting_reason", "-id"], condition=Q(status=Status.WAITING), name="intent_waits_for"
            ),
            # What ended lately, by how it ended.
            models.Index(fields=["workspace", "status", "updated_at"], condition=ENDED, name="intent_ended"),
            # What was tried again, among what is open.
            models.Index(fields=["workspace", "id"], condition=OPEN & Q(retry_count__gt=0), name="intent_retried"),
            # A parent's children, in lock order.
            models.Index(fields=["parent_id", "id"], condition=Q(parent_id__isnull=False), name="intent_children"),
            # What an intent was run again as.
            models.Index(fields=["rerun_of_id"], condition=Q(rerun_of_id__isnull=False), name="intent_reruns"),
        ]
        constraints = [
            # GET /v1/intents, newest first (ids are ordered by time), read backwards; and it lets other tables hold a
            # foreign key that cannot cross workspaces.
            models.UniqueConstraint(fields=["workspace", "id"], name="intent_in_workspace"),
            models.CheckConstraint(condition=Q(status__in=[status.value for status in Status]), name="intent_status_known"),
            models.CheckConstraint(
                condition=Q(status=Status.WAITING, waiting_reason__in=[reason.value for reason in WaitReason])
                | (~Q(status=Status.WAITING) & Q(waiting_reason__isnull=True)),
                name="intent_waits_for_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intent_type} {self.id}"


class IntentBody(models.Model):
    """What an intent carries, apart from its state, so that personal data can be erased without breaking the history.

    `payload` and `human_task` are canonical JSON; `salt` went into the payload's digest in the first event. `sent` is the
    payload with its keys in the order they were sent in, None where that is the canonical order. The column `document`,
    which only SQL knows, holds the words it is found by. Both are to be erased with the payload.
    """

    intent = models.OneToOneField(Intent, models.CASCADE, primary_key=True, related_name="body", db_constraint=False)
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    payload = models.TextField()
    sent = models.TextField(null=True)
    salt = models.BinaryField(max_length=16)
    human_task = models.TextField(null=True)

    def __str__(self) -> str:
        return str(self.intent_id)

    @property
    def as_sent(self) -> Any:
        """The payload's value, for people to read: objects have their keys in the order they were sent in."""
        return canonical.loads(self.sent or self.payload)


class IntentEvent(Row):
    """One step of an intent's history, written once. `hash` chains it to the event before.

    `details` is canonical JSON; the chain covers only its salted digest, so details can be erased. `parent_span` is on the
    first event, where the submitter sent `traceparent`: the span of theirs that the intent belongs to.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    intent = models.ForeignKey(Intent, models.PROTECT, related_name="events", db_constraint=False, db_index=False)
    seq = models.PositiveIntegerField()
    event_type = models.CharField(max_length=40)
    status = models.CharField(max_length=16)
    waiting_reason = models.CharField(max_length=20, null=True)
    pending_type = models.CharField(max_length=16, null=True)
    pending_ref = models.CharField(max_length=383, null=True)
    handler = models.CharField(max_length=383, null=True)
    actor = models.CharField(max_length=383)
    at = models.DateTimeField()
    details = models.TextField(null=True)
    salt = models.BinaryField(max_length=16, null=True)
    digest = models.BinaryField(max_length=32)
    prev_hash = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)
    trace_id = models.CharField(max_length=128)
    parent_span = models.CharField(max_length=16, null=True)
    request_id = models.CharField(max_length=128)

    class Meta:
        constraints = [
            # An intent's events in order, from a cursor; and seq without doubles.
            models.UniqueConstraint(fields=["intent", "seq"], name="event_seq_once"),
            models.CheckConstraint(condition=Q(event_type__in=[kind.value for kind in EventType]), name="event_type_known"),
        ]

    def __str__(self) -> str:
        return f"{self.intent_id} {self.seq} {self.event_type}"


class IdempotencyRecord(Row):
    """The answer that a POST with an Idempotency-Key got, kept to be given again."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    account_id = models.UUIDField()
    route = models.CharField(max_length=255)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status_code = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "route", "key"], name="idempotency_key_once")]
        # Pruning takes the oldest.
        indexes = [models.Index(fields=["created_at"], name="idempotency_oldest")]

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
