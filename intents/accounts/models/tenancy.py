"""Organizations and their workspaces. A workspace is the tenant: nothing is shared between two of them."""

from django.db import models

from intents.kernel.models import Row


class Organization(Row):
    slug = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=120)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.slug


class Workspace(Row):
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="workspaces")
    slug = models.CharField(max_length=120)
    name = models.CharField(max_length=120)
    require_registered_agents = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "slug"], name="workspace_slug_once")]

    def __str__(self) -> str:
        return f"{self.organization.slug}/{self.slug}"
