"""Who else sees an intent: those it was delegated to and those who delegated it."""

from django.db import models

from intents.accounts.models.tenancy import Workspace
from intents.engine.models.intent import Intent
from intents.kernel.models import Row


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
