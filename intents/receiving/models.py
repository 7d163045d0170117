"""Rules of who may send to an agent, and the senders that they name."""

from django.db import models

from intents.accounts.models import Workspace
from intents.kernel.models import Row

NAME_LENGTH = 241
PATTERN_LENGTH = 383


class RulePart(models.TextChoices):
    """An agent has two rules, and what is sent to it must be let pass by both. The one of RECEIVE may leave it to that of
    the workspace, which has no other."""

    POLICY = "policy"
    RECEIVE = "receive"


class SendMode(models.TextChoices):
    """Who is let pass: all, those that are named, all but those, nobody; or whom the rule of the workspace says."""

    OPEN = "open"
    ALLOWLIST = "allowlist"
    DENYLIST = "denylist"
    CLOSED = "closed"
    DEFAULT = "use_org_default"


PASSING = (SendMode.OPEN, SendMode.DEFAULT)
"""Modes that refuse nothing by themselves."""


class ReceiveRule(Row):
    """A rule of the agent `name`, or under an empty name of all agents of the workspace that have none of their own."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    part = models.CharField(max_length=8, choices=RulePart.choices)
    mode = models.CharField(max_length=16, choices=SendMode.choices)
    updated_by = models.CharField(max_length=383)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Each submit asks whether there is one for its mailbox or the workspace.
            models.UniqueConstraint(fields=["workspace", "name", "part"], name="receive_rule_once"),
        ]

    def __str__(self) -> str:
        return f"{self.part} of {self.name or 'all'}: {self.mode}"


class ReceiveEntry(Row):
    """Senders that a rule names: an address, `agent://org/workspace/*`, `agent://org/*` or `*`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    rule = models.ForeignKey(ReceiveRule, models.CASCADE, related_name="entries", db_index=False)
    sender_pattern = models.CharField(max_length=PATTERN_LENGTH)
    added_by = models.CharField(max_length=383)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            # What a rule names, and each once.
            models.UniqueConstraint(fields=["rule", "sender_pattern"], name="receive_entry_once"),
        ]

    def __str__(self) -> str:
        return self.sender_pattern
