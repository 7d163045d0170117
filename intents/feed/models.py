"""The feed's own order of events, and the events that are no intent's."""

from django.db import models
from django.db.models import Q

from intents.accounts.models.tenancy import Workspace
from intents.kernel.models import Row


class FeedEntry(models.Model):
    """The place of an event in the feed. `seq` grows in the order of the commits that made entries visible, so whoever has
    read up to one never misses a smaller; it is also the time of the entry, in microseconds. The event itself is a row of
    `intents_intentevent`, or, where it is not `of_intent`, of `intents_workspaceevent`; it may have been removed since."""

    seq = models.BigIntegerField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    event_id = models.UUIDField()
    of_intent = models.BooleanField()
    event_type = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        # What is in the feed already.
        constraints = [models.UniqueConstraint(fields=["event_id"], name="feed_event_once")]
        # A workspace's feed from a cursor.
        indexes = [models.Index(fields=["workspace", "seq"], name="feed_of_workspace")]

    def __str__(self) -> str:
        return f"{self.seq} {self.event_type}"


class FeedState(models.Model):
    """How far the feed is: one row, locked by who appends.

    Events with ids up to `looked_from` are in the feed, but for some that come late; `newest` is the greatest id that is in.
    Every so often more is looked through: for the `wide_looks`th time at `wide_at`. Events from before `kept_from` are not
    in the feed, and entries up to `pruned_seq` no more.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    last_seq = models.BigIntegerField()
    pruned_seq = models.BigIntegerField()
    kept_from = models.DateTimeField()
    looked_from = models.UUIDField()
    newest = models.UUIDField()
    wide_looks = models.BigIntegerField()
    wide_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="feed_state_is_one_row")]

    def __str__(self) -> str:
        return f"the feed up to {self.last_seq}"


class FeedConsumer(Row):
    """A group of readers of a workspace's feed that shares one place in it, `cursor`: what follows was not acknowledged yet.
    Until `leased_until` a reader has what is up to `leased_to`, and no other gets any. `owner` is the local name of the
    agent that reads what concerns it alone, "" for a group that reads all."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    owner = models.CharField(max_length=241)
    name = models.CharField(max_length=120)
    cursor = models.BigIntegerField()
    leased_to = models.BigIntegerField(null=True)
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "owner", "name"], name="feed_consumer_once")]

    def __str__(self) -> str:
        return f"{self.name} at {self.cursor}"


class WorkspaceEvent(Row):
    """Something that happened in a workspace and is no intent's, written once in the transaction of what it tells of.

    `subject` is what it is about: an agent's local name, an email address, an id. `details` is canonical JSON. What happens
    about an intent beside its own history, as to a task, has its `intent_id`, and is told while there is that intent.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    event_type = models.CharField(max_length=64)
    source = models.CharField(max_length=16)
    subject = models.CharField(max_length=383)
    intent_id = models.UUIDField(null=True)
    actor = models.CharField(max_length=383)
    at = models.DateTimeField()
    details = models.TextField()
    trace_id = models.CharField(max_length=128)
    request_id = models.CharField(max_length=128)

    class Meta:
        indexes = [
            # What goes with an intent that is removed.
            models.Index(fields=["intent_id"], condition=Q(intent_id__isnull=False), name="workspace_event_of_intent"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.subject}"
