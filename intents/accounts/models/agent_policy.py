"""What agents may do, how often, and what it may cost."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from intents.accounts.models.tenancy import Workspace
from intents.kernel.models import Row

NAME_LENGTH = 241
MONEY_DIGITS, MONEY_PLACES = 24, 12


class BreachAction(models.TextChoices):
    """What comes after a breach, beside that new intents are refused: nothing, a task for an owner, or the agent is stopped
    as well, until an owner lifts it."""

    BLOCK = "block"
    ALERT = "alert"
    PAUSE = "pause"
    KILL = "kill"


class AnomalyAction(models.TextChoices):
    """What comes after an agent has cost or done much more than it usually does, beside that it is told."""

    NOTE = "note"
    ALERT = "alert"
    PAUSE = "pause"
    KILL = "kill"


class AgentPolicy(Row):
    """Limits of the agent `name`, or of each agent of the workspace that has none of its own, where that is empty. What is
    null is as the workspace has it. Intents count for who sends them and for who is sent them; costs for who works."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    max_intents_per_hour = models.PositiveIntegerField(null=True)
    max_intents_per_day = models.PositiveIntegerField(null=True)
    max_cost_per_day_usd = models.DecimalField(null=True, max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES)
    max_cost_per_intent_usd = models.DecimalField(null=True, max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES)
    action_on_breach = models.CharField(max_length=8, choices=BreachAction.choices, null=True)
    action_on_anomaly = models.CharField(max_length=8, choices=AnomalyAction.choices, null=True)
    allowed_intent_types = ArrayField(models.CharField(max_length=255), null=True)
    denied_intent_types = ArrayField(models.CharField(max_length=255), null=True)
    allowed_tools = ArrayField(models.CharField(max_length=120), null=True)
    denied_tools = ArrayField(models.CharField(max_length=120), null=True)
    updated_by = models.CharField(max_length=255)
    updated_at = models.DateTimeField()

    class Meta:
        # Each submit asks whether there is one for the workspace, the sender or the mailbox.
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="agent_policy_once"),
            models.CheckConstraint(
                condition=Q(max_cost_per_day_usd__isnull=True) | Q(max_cost_per_day_usd__gte=0), name="agent_policy_costs"
            ),
        ]

    def __str__(self) -> str:
        return f"policy of {self.name or 'all'}"
