"""One action on many intents, and what became of each."""

from django.db import models
from django.db.models import Q

from intents.accounts.models import Workspace
from intents.kernel.models import Row


class BulkState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    ABORTED = "aborted"


LIVE = (BulkState.QUEUED, BulkState.RUNNING)


class Bulk(Row):
    """A person's order to do one `action` to the intents that its items name.

    `arguments` is canonical JSON, `query` the search that the items were found by, null when they were picked. The order is
    carried out as the user `user_id`, with the rights that they have at the time of each item; `by` is their address, and
    `credential_id` what they gave it with. All items up to `reached`, in the order of the intents' ids, have their results,
    which the three counts count. `due_at` is when a worker may take it up next: while one is at work, when the lease
    `lease_token` runs out; null when the bulk is over.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False)
    action = models.CharField(max_length=32)
    arguments = models.TextField(default="{}")
    query = models.TextField(null=True)
    reason = models.TextField()
    user_id = models.UUIDField()
    credential_id = models.UUIDField()
    by = models.CharField(max_length=254)
    state = models.CharField(max_length=8, choices=BulkState.choices, default=BulkState.QUEUED)
    matched = models.PositiveIntegerField(default=0)
    succeeded = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    reached = models.UUIDField(null=True)
    lease_token = models.UUIDField(null=True)
    due_at = models.DateTimeField(null=True)
    aborted_by = models.CharField(max_length=254, null=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # What a worker may take up.
            models.Index(fields=["due_at"], condition=Q(state__in=LIVE), name="bulk_due"),
            # The bulks of a workspace, newest first.
            models.Index(fields=["workspace", "-id"], name="bulk_listed"),
            # Pruning takes the oldest that are over.
            models.Index(fields=["ended_at"], condition=Q(ended_at__isnull=False), name="bulk_over"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=LIVE, due_at__isnull=False, ended_at=None)
                | (~Q(state__in=LIVE) & Q(due_at=None, ended_at__isnull=False)),
                name="bulk_due_until_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.id} ({self.state})"


class ItemResult(models.TextChoices):
    SUCCEEDED = "succeeded"
    SKIPPED = "skipped"
    FAILED = "failed"


class BulkItem(Row):
    """An intent that a bulk is about, chosen when the bulk was made; an id that was picked may be no intent's.

    `result` is null until it has been its turn. `reason` tells why it was skipped, or failed.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False)
    bulk = models.ForeignKey(Bulk, models.CASCADE, related_name="items", db_constraint=False, db_index=False)
    intent_id = models.UUIDField()
    result = models.CharField(max_length=9, choices=ItemResult.choices, null=True)
    reason = models.TextField(null=True)

    class Meta:
        constraints = [
            # A bulk's items in the order they are done; and none twice.
            models.UniqueConstraint(fields=["bulk", "intent_id"], name="bulk_item_once"),
        ]
        indexes = [
            # The items of a bulk that were not done, which are few among many.
            models.Index(
                fields=["bulk", "result", "intent_id"],
                condition=Q(result__in=[ItemResult.SKIPPED, ItemResult.FAILED]),
                name="bulk_item_not_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intent_id} of {self.bulk_id}: {self.result}"
