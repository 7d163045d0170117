"""Outside tools that sign what they send, what they signed that was used, and the calls that were refused."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from intents.accounts.models.tenancy import Workspace
from intents.engine.models.intent import Intent
from intents.kernel.models import Row


class Tool(Row):
    """How an outside tool signs its calls, by the name that waits have for it: a callback of a wait for it has to be signed.

    `signing` holds its secrets, encrypted, as `keeping.rotated` writes them: several while the tool changes over. `header`
    and `timestamp_header` are those of the style hmac.

    With `external_id_at`, a JSON Pointer, it has one address for all its calls, and that is where in a call the id of the
    job stands. Only calls of `event_types` count, where there are any; `event_type_at` is where a call says its type.
    """

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=120)
    style = models.CharField(max_length=16)
    header = models.CharField(max_length=120, default="")
    timestamp_header = models.CharField(max_length=120, default="")
    tolerance_seconds = models.PositiveIntegerField()
    external_id_at = models.CharField(max_length=255, default="", db_default="")
    event_type_at = models.CharField(max_length=255, default="", db_default="")
    event_types = ArrayField(models.CharField(max_length=100), default=list, db_default=[])
    signing = models.BinaryField()
    secret_set_at = models.DateTimeField()
    old_secrets_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=383)
    updated_at = models.DateTimeField()

    class Meta:
        # A call is checked by what its wait names; and each name has one configuration.
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="tool_name_once")]

    def __str__(self) -> str:
        return self.name


class UsedSignature(Row):
    """A signed call that ended a wait, by what it is known by: sent once more for another wait, it is refused."""

    tool = models.ForeignKey(Tool, models.CASCADE, db_index=False)
    fingerprint = models.BinaryField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tool", "fingerprint"], name="signature_used_once")]
        # Pruning takes those that are too old to be sent again.
        indexes = [models.Index(fields=["expires_at"], name="used_signature_expires")]

    def __str__(self) -> str:
        return f"used for {self.tool_id}"


class RefusedCall(Row):
    """A call of a callback address that was refused while its wait was open, as the intent's history tells in full."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_constraint=False, db_index=False)
    tool = models.CharField(max_length=120)
    intent = models.ForeignKey(Intent, models.CASCADE, db_constraint=False)
    at = models.DateTimeField()
    reason = models.CharField(max_length=500)

    class Meta:
        # The last ones of a tool.
        indexes = [models.Index(fields=["workspace", "tool", "id"], name="refused_call_of_tool")]

    def __str__(self) -> str:
        return f"{self.tool}: {self.reason}"


class RefusedIncoming(Row):
    """Why calls of a tool's one address were refused, first and last when: nobody knows which job they were about."""

    tool = models.ForeignKey(Tool, models.CASCADE, db_index=False)
    reason = models.CharField(max_length=500)
    first_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        # Each reason once; and those of a tool.
        constraints = [models.UniqueConstraint(fields=["tool", "reason"], name="refused_incoming_once")]

    def __str__(self) -> str:
        return f"{self.tool_id}: {self.reason}"
