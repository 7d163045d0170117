"""Agents that may not go on, whoever has stopped them."""

from django.db import models

from intents.accounts.models.tenancy import Workspace
from intents.kernel.models import Row

EVERYTHING = ""
"""The name under which all of a workspace is stopped."""


class StopState(models.TextChoices):
    """What became of an agent, the mildest first. `paused` gets no work, and may finish what it has. `quarantined` does
    nothing any more, what is sent to it waits. Nothing is sent to one that is `killed` either."""

    PAUSED = "paused"
    QUARANTINED = "quarantined"
    KILLED = "killed"


class AgentStop(Row):
    """An agent that is stopped, by its local name: registering the name anew lets nobody out. There is no row for one that
    works. `by_policy` is one that a breach has stopped, not a person or a key. The name EVERYTHING stands for all of a
    workspace that is not active; then `state` is its status, or that of its organization.

    `pending` is what is yet to be done about it, null for nothing: what it holds is taken back, and each stop in the list is
    told, objects of `state`, `reason`, `by`, `at`, `before` (its state before that, or null) and `beside` (more of who)."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=241)
    state = models.CharField(max_length=16, choices=StopState.choices)
    reason = models.CharField(max_length=500, blank=True)
    by = models.CharField(max_length=255)
    by_policy = models.BooleanField(default=False, db_default=False)
    at = models.DateTimeField()
    pending = models.JSONField(null=True)

    class Meta:
        # Every submit, lease and locked intent asks for a few names; hardly any has a row.
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="agent_stop_once")]
        # Those about which something is yet to be done.
        indexes = [models.Index(fields=["workspace", "name"], condition=~models.Q(pending=None), name="agent_stop_pending")]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"
