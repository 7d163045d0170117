"""Organizations and their workspaces. A workspace is the tenant: nothing is shared between two of them."""

from django.db import models

from intents.kernel.languages import LONGEST
from intents.kernel.models import Row


class TenantStatus(models.TextChoices):
    """Whether anything goes on in a workspace, or in all of an organization: where it is not active nothing does. Strictest
    last. An organization alone is `pending`, as long as it has not begun."""

    ACTIVE = "active"
    PENDING = "pending"
    SUSPENDED = "suspended"
    ARCHIVED = "archived"


class HasStatus(Row):
    """`by_operator` is that the operator of this server set the status: nobody else changes it then."""

    status = models.CharField(
        max_length=16, choices=TenantStatus.choices, default=TenantStatus.ACTIVE, db_default=TenantStatus.ACTIVE
    )
    by_operator = models.BooleanField(default=False, db_default=False)

    class Meta:
        abstract = True


class Organization(HasStatus):
    slug = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=120)
    legal_name = models.CharField(max_length=255, blank=True, db_default="")
    primary_domain = models.CharField(max_length=255, blank=True, db_default="")
    metadata = models.JSONField(default=dict, db_default={})
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.slug


class Environment(models.TextChoices):
    SANDBOX = "sandbox"
    STAGING = "staging"
    PRODUCTION = "production"


class Workspace(HasStatus):
    """`language` is for people who chose none and whose browser is not at hand, as when they are written to."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="workspaces")
    slug = models.CharField(max_length=120)
    name = models.CharField(max_length=120)
    environment = models.CharField(
        max_length=16, choices=Environment.choices, default=Environment.PRODUCTION, db_default=Environment.PRODUCTION
    )
    region = models.CharField(max_length=64, blank=True, db_default="")
    require_registered_agents = models.BooleanField(default=False)
    language = models.CharField(max_length=LONGEST, default="en", db_default="en")
    shows_presence = models.BooleanField(default=True, db_default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "slug"], name="workspace_slug_once")]

    def __str__(self) -> str:
        return f"{self.organization.slug}/{self.slug}"
