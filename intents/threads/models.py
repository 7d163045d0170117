"""What an agent's inbox knows beyond the intents themselves: who else sees a thread, and what was hidden from a view."""

from django.db import models
from django.db.models import Q

from intents.accounts.models.tenancy import Workspace
from intents.engine.models.intent import Intent
from intents.kernel.models import Row


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
