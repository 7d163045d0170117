"""How people may sign in to a workspace, and who they are to identity providers."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from intents.accounts.models.people import Group, User
from intents.accounts.models.tenancy import Workspace
from intents.kernel.actors import Role
from intents.kernel.models import Row


class Requirement(models.TextChoices):
    """What a workspace asks of its people beside a password."""

    NONE = ""
    SECOND_FACTOR = "second_factor"
    PASSKEY = "passkey"
    OIDC = "oidc"


class SignInRules(Row):
    """What signing in to a workspace takes. `requires` is asked of members in `roles`, of all where there is none, from
    `grace_days` after `since`, or after they joined if that was later. A session is good for `session_hours` after signing
    in, and for `idle_minutes` after its last use; null for as long as it lasts anyway."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="sign_in_rules")
    requires = models.CharField(max_length=16, choices=Requirement.choices, blank=True, default=Requirement.NONE)
    roles = ArrayField(models.CharField(max_length=16), default=list)
    grace_days = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField()
    session_hours = models.PositiveIntegerField(null=True)
    idle_minutes = models.PositiveIntegerField(null=True)
    revision = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"sign-in to {self.workspace_id}"


class Identity(Row):
    """Who a person is to an identity provider: `subject` of `issuer`, never an email address."""

    user = models.ForeignKey(User, models.CASCADE, related_name="identities")
    issuer = models.CharField(max_length=512)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField()

    class Meta:
        # Signing in looks it up.
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="identity_once")]

    def __str__(self) -> str:
        return f"{self.subject} of {self.issuer}"


class ClaimMapping(Row):
    """What a claim of an identity provider gives in a workspace: whoever has `value` in `claim` has at least the `role`, and
    is in the `group`. The claim `email_domain` is the domain of a verified address."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="claim_mappings")
    provider = models.CharField(max_length=32)
    claim = models.CharField(max_length=120)
    value = models.CharField(max_length=255)
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role], blank=True)
    group = models.ForeignKey(Group, models.CASCADE, null=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.claim}={self.value}"


class ClaimGrant(Row):
    """What mappings have given somebody in a workspace, to be taken back when the claim is gone: the `role`, in place of
    `role_before`, which is empty for whom they made a member; and the `groups`."""

    workspace = models.ForeignKey(Workspace, models.CASCADE)
    user = models.ForeignKey(User, models.CASCADE)
    provider = models.CharField(max_length=32)
    role = models.CharField(max_length=16, blank=True)
    role_before = models.CharField(max_length=16, blank=True)
    groups = ArrayField(models.UUIDField(), default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user", "provider"], name="claim_grant_once")]

    def __str__(self) -> str:
        return f"{self.role} of {self.user_id}"
