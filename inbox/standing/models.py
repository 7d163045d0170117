"""What was decided by standing grants, which a workspace allows, and what was suggested."""

from django.db import models

from inbox.tasks.models import Decision, StandingGrant, Task
from intents.accounts.models import User, Workspace
from intents.kernel.models import Row


class GrantUse(Row):
    """A decision by a standing grant, and what it took of the limits, for good: taking a vote back gives nothing back.

    `day` is that of the grant's zone. `amount` is what the task was about in money then, None where it was nothing clear.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    grant = models.ForeignKey(StandingGrant, models.PROTECT, related_name="uses", db_constraint=False, db_index=False)
    task = models.ForeignKey(Task, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    decision = models.ForeignKey(Decision, models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    at = models.DateTimeField()
    day = models.DateField()
    amount = models.DecimalField(max_digits=40, decimal_places=12, null=True)
    currency = models.CharField(max_length=8, default="")

    class Meta:
        indexes = [
            # How much of its limits a grant has used.
            models.Index(fields=["grant", "day"], include=["currency", "amount"], name="grantuse_by_day"),
            # The log of a grant, the newest first.
            models.Index(fields=["grant", "-id"], name="grantuse_log"),
        ]
        constraints = [
            # No decision counts twice.
            models.UniqueConstraint(fields=["decision"], name="grantuse_once"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} by {self.grant_id}"


class StandingRules(Row):
    """What a workspace allows: standing grants up to `highest_risk`, none where it is empty. Without a row they are allowed
    up to medium."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    highest_risk = models.CharField(max_length=8, default="medium", blank=True)

    def __str__(self) -> str:
        return f"up to {self.highest_risk or 'nothing'}"


class DismissedSuggestion(Row):
    """A suggestion that a person does not want to see again: of a standing grant for a type of an agent."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    intent_type = models.CharField(max_length=255)
    agent = models.CharField(max_length=255)

    class Meta:
        constraints = [
            # What a person has dismissed, each once.
            models.UniqueConstraint(fields=["user", "workspace", "intent_type", "agent"], name="dismissed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.intent_type} of {self.agent}"
