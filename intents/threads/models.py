"""What an agent's inbox knows beyond the intents themselves: who else sees a thread, what was hidden, and sessions."""

from django.contrib.postgres.fields import ArrayField
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


class SessionStatus(models.TextChoices):
    ACTIVE = "ACTIVE"
    COMPLETED = "COMPLETED"


class AgentSession(Row):
    """A thread of messages with a life of its own, beside intents. `owner` is the local name of the agent that began it,
    "" for a person; `seq` counts its messages."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    kind = models.CharField(max_length=120)
    project_id = models.CharField(max_length=255, blank=True)
    parent = models.ForeignKey("self", models.SET_NULL, null=True, related_name="children")
    depends_on = ArrayField(models.UUIDField(), default=list)
    metadata = models.JSONField(default=dict)
    status = models.CharField(max_length=16, choices=SessionStatus.choices, default=SessionStatus.ACTIVE)
    result = models.JSONField(null=True)
    seq = models.PositiveIntegerField(default=0)
    owner = models.CharField(max_length=241, blank=True)
    created_by = models.CharField(max_length=383)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="agent_session_newest")]

    def __str__(self) -> str:
        return f"session {self.kind}"


class SessionMessage(Row):
    """A message of a session, in the order of `seq`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    session = models.ForeignKey(AgentSession, models.CASCADE, related_name="messages", db_index=False)
    seq = models.PositiveIntegerField()
    role = models.CharField(max_length=64)
    content = models.JSONField()
    content_type = models.CharField(max_length=120)
    actor = models.CharField(max_length=383)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "seq"], name="session_message_once")]

    def __str__(self) -> str:
        return f"{self.seq} of {self.session_id}"
