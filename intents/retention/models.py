"""For how long a workspace keeps what is over, and how far the erasing is."""

from django.db import models
from django.db.models import Q

from intents.accounts.models import User, Workspace


class Retention(models.Model):
    """The retention of a workspace; one without a row keeps everything.

    `rules` is canonical JSON as `rules.loads` reads it. A pass goes through what is past its time, by `place` (an index of
    `rules.steps`), the time of the end and the id; all up to `reached_at`, `reached_id` is done. `erased`, `removed` and
    `held` are counts of the pass that runs or, once it has `ended_at`, ran last. `due_at` is when a worker may take it up
    next: while one is at work, when the lease `lease_token` runs out; null where everything is kept. `revision` counts the
    changes of the rules.
    """

    workspace = models.OneToOneField(Workspace, models.CASCADE, primary_key=True, related_name="+")
    rules = models.TextField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=383)
    revision = models.PositiveIntegerField(default=1, db_default=1)
    due_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    place = models.PositiveSmallIntegerField(default=0)
    reached_at = models.DateTimeField(null=True)
    reached_id = models.UUIDField(null=True)
    erased = models.PositiveBigIntegerField(default=0)
    removed = models.PositiveBigIntegerField(default=0)
    held = models.PositiveBigIntegerField(default=0)

    class Meta:
        # What a worker may take up.
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="retention_due")]

    def __str__(self) -> str:
        return f"retention of {self.workspace_id}"


class PersonErasure(models.Model):
    """That a person is to be erased: in one workspace, or without one everywhere.

    `part` (of `persons.parts`) is what is gone through, up to the key `reached`, and `place` its number of `places`.
    `replaced` counts rows. `due_at` is when a worker may take it up next: while one is at work, when the lease `lease_token`
    runs out; null once it has `ended_at`, or stopped with a `failure`.
    """

    user = models.OneToOneField(User, models.PROTECT, primary_key=True, related_name="+")
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, related_name="+")
    ordered_by = models.CharField(max_length=383)
    ordered_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    part = models.CharField(max_length=128, default="")
    reached = models.TextField(null=True)
    place = models.PositiveSmallIntegerField(default=0)
    places = models.PositiveSmallIntegerField(default=0)
    replaced = models.PositiveBigIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    failure = models.TextField(default="")

    class Meta:
        # What a worker may take up.
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="personerasure_due")]

    def __str__(self) -> str:
        return f"erasure of {self.user_id}"
