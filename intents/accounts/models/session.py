"""Sign-in sessions of browsers."""

from django.db import models

from intents.accounts.models.people import User
from intents.kernel.models import Row


class Session(Row):
    """A browser's session. The id is made from the cookie's secret, which is kept nowhere, so a copy of this table signs
    nobody in. `user` is null while nobody is signed in. `provider` is the identity provider by which they did."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    data = models.TextField()
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    provider = models.CharField(max_length=32, default="", db_default="")

    class Meta:
        # Pruning what has expired.
        indexes = [models.Index(fields=["expires_at"], name="session_expiry")]

    def __str__(self) -> str:
        return f"session of {self.user_id}"
