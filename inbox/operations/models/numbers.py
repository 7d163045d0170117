"""Numbers of payloads by which people look for what is open."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from intents.accounts.models import Workspace


class PayloadPath(models.Model):
    """A place in the payloads of a workspace that somebody compared numbers at, last at `asked_at`; at `kept_at` those of
    all that was open were kept."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False, related_name="+")
    path = ArrayField(models.TextField())
    asked_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "path"], name="payload_path_once")]

    def __str__(self) -> str:
        return ".".join(self.path)


class PayloadNumber(models.Model):
    """The number at a `path` of the payload of an intent that is open, or was lately; null where there is none."""

    pk = models.CompositePrimaryKey("path_id", "intent_id")
    path = models.ForeignKey(PayloadPath, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    intent_id = models.UUIDField()
    number = models.DecimalField(max_digits=60, decimal_places=30, null=True)

    class Meta:
        indexes = [models.Index(fields=["path", "number"], name="payload_number_by_size")]

    def __str__(self) -> str:
        return f"{self.number} in {self.intent_id}"
