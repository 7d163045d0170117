"""The Merkle tree of all events, and its checkpoints."""

from django.db import models


class AuditTree(models.Model):
    """How large the Merkle tree of all events is: one row. Events from the id `looked_from` on may not be in it yet; those
    of a day were looked through at `thorough_at`."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    size = models.BigIntegerField()
    looked_from = models.UUIDField()
    thorough_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_tree_is_one_row")]

    def __str__(self) -> str:
        return f"{self.size} events"


class AuditLeaf(models.Model):
    """Where in the tree an event is."""

    index = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField()

    class Meta:
        # Whether an event is in the tree, and where; and each once.
        constraints = [models.UniqueConstraint(fields=["event_id"], name="audit_leaf_once")]

    def __str__(self) -> str:
        return f"{self.index}: {self.event_id}"


class AuditTile(models.Model):
    """A part of the tree: up to 256 hashes of 32 bytes, one after the other, of the leaves (level 0) or of full tiles."""

    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["level", "index"], name="audit_tile_once")]

    def __str__(self) -> str:
        return f"tile {self.index} of level {self.level}"


class AuditCheckpoint(models.Model):
    """The signed `note` of the tree when it had `size` events; `sent_at` is when AUDIT_URL took it."""

    size = models.BigIntegerField(primary_key=True)
    note = models.TextField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"of {self.size} events"
