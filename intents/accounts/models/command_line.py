"""Command lines that people sign in: what was asked for, and the sessions that came of it."""

from django.db import models

from intents.accounts.models.agent import AgentKey
from intents.accounts.models.people import PersonToken, User
from intents.accounts.models.tenancy import Workspace
from intents.kernel.models import Row

DEVICE, ADDRESS = 255, 64
"""Longest names of a device, and of a network address."""


class CommandLine(Row):
    """A command line that is signed in as a person. The `token` is its row among the person's: it says in which workspace,
    until when, and by which identity provider. No secret of it is kept: they are made of `seed` and the server's own key,
    and refreshing, which is counted by `generation`, makes all older ones worthless. `key_fingerprint` is the hash of its
    key; in the name of `agent_key` it sends, if its person may."""

    token = models.OneToOneField(PersonToken, models.CASCADE, related_name="command_line")
    agent_key = models.OneToOneField(AgentKey, models.SET_NULL, null=True, related_name="command_line")
    seed = models.BinaryField(max_length=16)
    key_fingerprint = models.BinaryField(max_length=32)
    generation = models.PositiveIntegerField(default=1)
    refreshed_at = models.DateTimeField()
    device = models.CharField(max_length=DEVICE, blank=True)
    address = models.CharField(max_length=ADDRESS, blank=True)

    class Meta:
        # Authenticating a request looks it up by the hash of its key.
        constraints = [models.UniqueConstraint(fields=["key_fingerprint"], name="command_line_key_once")]

    def __str__(self) -> str:
        return f"command line {self.device}"


class GrantState(models.TextChoices):
    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"
    USED = "used"


class CommandLineGrant(Row):
    """A command line that asks to be signed in. Its secret, whose hash is `fingerprint`, is known to it alone, and to who
    gets the link. `email` is whose, where it asked by an address, and `sealed` the emailed code, encrypted. Who approved it
    is `user`, for `workspace`, signed in by `provider`. `line` is what came of it, at `used_at`."""

    fingerprint = models.BinaryField(max_length=32)
    user_code = models.CharField(max_length=9)
    email = models.CharField(max_length=254, blank=True)
    sealed = models.BinaryField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=GrantState.choices, default=GrantState.PENDING)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, related_name="+")
    provider = models.CharField(max_length=32, blank=True)
    line = models.ForeignKey(CommandLine, models.SET_NULL, null=True, related_name="+")
    device = models.CharField(max_length=DEVICE, blank=True)
    address = models.CharField(max_length=ADDRESS, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fingerprint"], name="command_line_grant_once")]
        # Pruning what has expired.
        indexes = [models.Index(fields=["expires_at"], name="command_line_grant_expiry")]

    def __str__(self) -> str:
        return f"sign-in {self.user_code}"


class BrowserTicket(Row):
    """A command line's way into a browser: its secret, whose hash is kept, opens one page once."""

    token = models.ForeignKey(PersonToken, models.CASCADE, related_name="+")
    fingerprint = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fingerprint"], name="browser_ticket_once")]
        # Pruning what has expired.
        indexes = [models.Index(fields=["expires_at"], name="browser_ticket_expiry")]

    def __str__(self) -> str:
        return f"ticket of {self.token_id}"
