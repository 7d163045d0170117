"""What people and machines did that is no intent's history: keys, members, settings."""

from django.db import models
from django.db.models import Q

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
        indexes = [
            # A workspace's audit log, newest first.
            models.Index(fields=["workspace", "-id"], name="audit_newest"),
            # When its server was restored from a backup, which pages ask every few seconds.
            models.Index(fields=["workspace", "-id"], condition=Q(action="server.restored"), name="audit_restored"),
        ]

    def __str__(self) -> str:
        return f"{self.at} {self.actor} {self.action} {self.subject}"
