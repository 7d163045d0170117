"""What an agent's inbox knows beyond the intents themselves: who else sees a thread, and what was hidden from a view."""

from django.db import models
from django.db.models import Q

from intents.models.base import Row
from intents.models.intent import Intent
from intents.models.tenancy import Workspace


class ThreadViewer(Row):
    """An address that sees the thread of an intent because it delegated it or has it delegated to it.

    `name` is local; `handles` tells those who may end it, which are all it was delegated to.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False)
    intent = models.ForeignKey(Intent, models.CASCADE, related_name="viewers", db_constraint=False, db_index=False)
    name = models.CharField(max_length=241)
    handles = models.BooleanField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # The threads of an address.
            models.UniqueConstraint(fields=["workspace", "name", "intent"], name="thread_viewer_once"),
        ]
        # Who sees a thread.
        indexes = [models.Index(fields=["intent"], name="thread_viewers")]

    def __str__(self) -> str:
        return f"{self.name} sees {self.intent_id}"


class HiddenEntry(Row):
    """An event that a thread's timeline leaves out: for one address, or for all (`name` is null). The history keeps it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False)
    intent = models.ForeignKey(Intent, models.CASCADE, related_name="hidden", db_constraint=False, db_index=False)
    event_id = models.UUIDField()
    name = models.CharField(max_length=241, null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Timelines leave these out; and hiding twice hides once.
            models.UniqueConstraint(fields=["event_id", "name"], name="hidden_entry_once", condition=Q(name__isnull=False)),
            models.UniqueConstraint(fields=["event_id"], name="hidden_from_all_once", condition=Q(name__isnull=True)),
        ]
        # Deleting an intent takes these along.
        indexes = [models.Index(fields=["intent"], name="hidden_of_intent")]

    def __str__(self) -> str:
        return f"{self.event_id} hidden from {self.name or 'all'}"
