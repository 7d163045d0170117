"""Invitations into a workspace."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from intents.accounts.models.people import User
from intents.accounts.models.profile import Profile
from intents.accounts.models.tenancy import Workspace
from intents.kernel.actors import Role
from intents.kernel.models import Row


class Invitation(Row):
    """An offer to join a workspace in a role and some groups, to whoever holds the token. Only the token's hash is kept.
    Without an `email` it is a link to hand over, with the note `recipient_hint` of whom it is for. Without a `role` it
    makes nobody a member: who accepts it is known by a nick to `owner_agent`, which invited them."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254, blank=True)
    recipient_hint = models.CharField(max_length=255, blank=True)
    role = models.CharField(max_length=16, choices=[(role.value, role.value) for role in Role], blank=True)
    groups = ArrayField(models.UUIDField(), default=list)
    fingerprint = models.BinaryField(max_length=32)
    invited_by = models.CharField(max_length=383)
    owner_agent = models.CharField(max_length=383, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    accepted_profile = models.ForeignKey(Profile, models.SET_NULL, null=True)
    accepted_by = models.ForeignKey(User, models.SET_NULL, null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Opening an invitation looks it up by the token's hash.
            models.UniqueConstraint(fields=["fingerprint"], name="invitation_fingerprint_once"),
            # Inviting an address again takes the place of the invitation that is open.
            models.UniqueConstraint(
                fields=["workspace", "email"],
                condition=Q(accepted_at=None, revoked_at=None) & ~Q(email=""),
                name="invitation_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email or self.recipient_hint or 'a link'} as {self.role or 'a contact'}"
