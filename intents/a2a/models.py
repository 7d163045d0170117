"""Where clients want to be told what becomes of their tasks, and what is on its way there."""

from django.db import models
from django.db.models import Q

from intents.accounts.models import Agent, Workspace
from intents.kernel.models import Row
from intents.sending.models import Sending, SendState

PENDING = Q(state__in=[SendState.READY, SendState.LEASED])


class PushConfig(Row):
    """What a client that speaks for the `agent` set for its task, the intent `intent_id`, by the key `credential_id`, as
    `speaks_as`: to be told at `url` of what follows the event `after_seq`, as of the version `dialect`. `name` is the
    client's id of it. `sealed` are the token and the credentials that are sent along, encrypted. Of all that goes to one
    `target_id`, an origin in a workspace, only so much is under way at a time."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    intent_id = models.UUIDField()
    agent = models.ForeignKey(Agent, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    credential_id = models.UUIDField()
    speaks_as = models.CharField(max_length=241)
    name = models.CharField(max_length=255)
    dialect = models.CharField(max_length=3)
    url = models.CharField(max_length=2048)
    target_id = models.UUIDField()
    sealed = models.BinaryField()
    after_seq = models.PositiveIntegerField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["intent_id", "agent", "name"], name="push_config_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.intent_id}: {self.url}"


class TaskNotification(Sending):
    """A change of a task, its event `seq`, on its way to where `config` says. What is posted is how it stands with the task
    by then, so nothing of it is kept."""

    config = models.ForeignKey(PushConfig, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    intent_id = models.UUIDField()
    seq = models.PositiveIntegerField()
    target_id = models.UUIDField()

    class Meta:
        indexes = [
            # What is due, target by target, and when the next is.
            models.Index(fields=["target_id", "due_at"], condition=PENDING, name="task_told_due_there"),
            models.Index(fields=["due_at"], condition=PENDING, name="task_told_due"),
            models.Index(fields=["intent_id"], name="task_told_of_intent"),
        ]
        constraints = [
            # Each change once, and what is newer of a config.
            models.UniqueConstraint(fields=["config", "seq"], name="task_told_once"),
        ]

    def __str__(self) -> str:
        return f"{self.intent_id} #{self.seq} ({self.state})"
