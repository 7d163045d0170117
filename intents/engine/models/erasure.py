"""What is kept of intents whose contents were erased."""

from django.db import models

from intents.accounts.models.tenancy import Workspace
from intents.kernel.models import Row


class Erasure(models.Model):
    """That the contents of an intent were erased: when, by whom and why (`retention` or `request`), and since `removed_at`
    the intent itself, but for the hashes of its events.

    `seq` and `last_hash` are those of its last event, which it ended with as `status`; `kept` is canonical JSON of the
    decisions that were made of it. `signature` is by AUDIT_KEY over all of this, so that nothing that was cut out of the
    database by others passes for erased.
    """

    intent_id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    status = models.CharField(max_length=16)
    seq = models.PositiveIntegerField()
    last_hash = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    by = models.CharField(max_length=383)
    reason = models.CharField(max_length=16)
    kept = models.TextField()
    removed_at = models.DateTimeField(null=True)
    signature = models.BinaryField(max_length=64)

    def __str__(self) -> str:
        return f"{self.intent_id} at {self.at}"


class RemovedEvent(Row):
    """The hash of an event of an intent that was removed, under the event's own id: what the tree of all events holds."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    intent_id = models.UUIDField()
    seq = models.PositiveIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        # The events of an intent, in order and each once.
        constraints = [models.UniqueConstraint(fields=["intent_id", "seq"], name="removed_event_once")]

    def __str__(self) -> str:
        return f"{self.intent_id} {self.seq}"


class Redaction(models.Model):
    """That a person's address was replaced in an event. Its hash is that of the event as it was written, which nobody can
    compute any more; `signature` is by AUDIT_KEY over the hash and the event as it is now, made when the two agreed."""

    event_id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    intent_id = models.UUIDField()
    at = models.DateTimeField()
    signature = models.BinaryField(max_length=64)

    class Meta:
        # Those of an intent.
        indexes = [models.Index(fields=["intent_id"], name="redaction_of_intent")]

    def __str__(self) -> str:
        return f"{self.event_id} at {self.at}"
