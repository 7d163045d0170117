"""What people and machines did that is no intent's history: keys, members, settings."""

from django.db import models

from intents.accounts.models.tenancy import Workspace
from intents.kernel.models import Row


class AuditEntry(Row):
    workspace = models.ForeignKey(Workspace, models.PROTECT)
    at = models.DateTimeField()
    actor = models.CharField(max_length=383)
    action = models.CharField(max_length=64)
    subject = models.CharField(max_length=383)
    details = models.JSONField(default=dict)

    class Meta:
        # A workspace's audit log, newest first.
        indexes = [models.Index(fields=["workspace", "-id"], name="audit_newest")]

    def __str__(self) -> str:
        return f"{self.at} {self.actor} {self.action} {self.subject}"
