"""Agents (service accounts) and their keys."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from intents.accounts.models.people import User
from intents.accounts.models.tenancy import Workspace
from intents.kernel.actors import Scope
from intents.kernel.models import Row


class AgentStatus(models.TextChoices):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"


class Agent(Row):
    """A service account. `name` is its local address: one or two parts; `owner` the person who answers for it, and
    `past_owners` the users who did. `created_with` is the address of whose token came along with the key that made it.
    `signing` are the secrets that what is posted to its `callback_url` is signed with, encrypted."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="agents", db_index=False)
    name = models.CharField(max_length=241)
    display_name = models.CharField(max_length=255, blank=True)
    description = models.CharField(max_length=1024, blank=True)
    status = models.CharField(max_length=16, choices=AgentStatus.choices, default=AgentStatus.ACTIVE)
    delivery_mode = models.CharField(max_length=32, default="stream")
    callback_url = models.CharField(max_length=2048, blank=True)
    signing = models.BinaryField(null=True)
    lease_seconds = models.PositiveIntegerField(null=True)
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    past_owners = ArrayField(models.UUIDField(), default=list, db_default=[])
    created_by = models.CharField(max_length=255)
    created_with = models.CharField(max_length=255, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    new_signing_secret: str | None = None
    """Of one that was just made: shown once, and not kept."""

    class Meta:
        constraints = [
            # A deleted agent gives its name free.
            models.UniqueConstraint(
                fields=["workspace", "name"], condition=~Q(status=AgentStatus.DELETED), name="agent_name_once"
            ),
            # Lets other tables hold a foreign key that cannot cross workspaces.
            models.UniqueConstraint(fields=["workspace", "id"], name="agent_in_workspace"),
        ]

    def __str__(self) -> str:
        return self.name


class AgentKey(Row):
    """A machine key of an agent: `axme_sa_<agent>_<secret>`. Only its hash is kept. `tools` are those whose jobs a key of
    scope `own` may complete, `created_with` as of an agent."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="keys", db_constraint=False)
    scope = models.CharField(max_length=16, choices=[(scope.value, scope.value) for scope in Scope])
    tools = ArrayField(models.CharField(max_length=120), default=list, db_default=[])
    hint = models.CharField(max_length=32)
    fingerprint = models.BinaryField(max_length=32)
    created_by = models.CharField(max_length=255)
    created_with = models.CharField(max_length=255, blank=True, default="", db_default="")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        # Authenticating a request looks the key up by its hash.
        constraints = [models.UniqueConstraint(fields=["fingerprint"], name="agent_key_fingerprint_once")]

    def __str__(self) -> str:
        return self.hint
