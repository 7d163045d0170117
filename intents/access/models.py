"""What somebody asks for, and what was decided."""

from django.db import models
from django.db.models import Q

from intents.accounts.models import User, Workspace
from intents.kernel.actors import Role
from intents.kernel.models import Row


class AccessKind(models.TextChoices):
    CREATE = "create_organization"
    JOIN = "join_organization"
    ROLE = "elevated_role"
    QUOTA = "quota_upgrade"


class AccessState(models.TextChoices):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    WAITLISTED = "waitlisted"


OPEN = (AccessState.PENDING, AccessState.WAITLISTED)


class AccessRequest(Row):
    """What `requester` asks for, an email address or an agent's; `user` is who that is, where it is a person known here. A
    request that is waitlisted is still open. `task_intent_id` is the intent whose task asks owners and admins, until that is
    answered."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    kind = models.CharField(max_length=24, choices=AccessKind.choices)
    state = models.CharField(max_length=16, choices=AccessState.choices, default=AccessState.PENDING)
    requester = models.CharField(max_length=383)
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    asked_by = models.CharField(max_length=383)
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role], blank=True)
    company_name = models.CharField(max_length=255, blank=True)
    tier = models.CharField(max_length=64, blank=True)
    justification = models.TextField(blank=True)
    reviewer = models.CharField(max_length=383, blank=True)
    comment = models.TextField(blank=True)
    reviewed_at = models.DateTimeField(null=True)
    task_intent_id = models.UUIDField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            # Asking again while it is open is the same request.
            models.UniqueConstraint(
                fields=["workspace", "requester", "kind", "role"],
                condition=Q(state__in=["pending", "waitlisted"]),
                name="access_request_open_once",
            ),
        ]
        # A workspace's requests, newest first.
        indexes = [
            models.Index(fields=["workspace", "-id"], name="access_request_newest"),
            # Those that are asked about in tasks, looked at every few seconds.
            models.Index(fields=["id"], condition=Q(task_intent_id__isnull=False), name="access_request_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.requester} ({self.state})"
