"""What is done in a workspace when nobody decides."""

from django.db import models
from django.db.models.functions import Lower

from inbox.calendars.models.calendar import Calendar
from inbox.vocabulary.models import Edited
from intents.accounts.models import Workspace


class Policy(Edited):
    """A policy by its name, unique in its workspace whatever its case. Of those whose `match` fits a task, the one with the
    lowest `place` is followed; the `least` of each counts. `match`, `escalation` and `least` are canonical JSON as the API
    writes them."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=120)
    place = models.PositiveIntegerField()
    match = models.TextField()
    escalation = models.TextField()
    least = models.TextField(default="{}", db_default="{}")
    calendar = models.ForeignKey(Calendar, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            # The policies of a workspace in the order in which they are tried.
            models.Index(fields=["workspace", "place", "name"], name="policy_order"),
        ]
        constraints = [
            # No two policies that people would take for one another.
            models.UniqueConstraint("workspace", Lower("name"), name="policy_name_once"),
        ]

    def __str__(self) -> str:
        return self.name
