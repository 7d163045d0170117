"""Schemas of payloads, by type and version."""

from django.db import models

from intents.accounts.models import Workspace
from intents.kernel.models import Row


class Mode(models.TextChoices):
    """What becomes of a payload that the schema of its type does not allow. `strict` refuses it. `backward` does, unless an
    earlier version allows it. `warn` takes it and says so in the intent's history."""

    STRICT = "strict"
    BACKWARD = "backward"
    WARN = "warn"


class SemanticSchema(Row):
    """What payloads of `semantic_type`, which is `base` with its `version`, hold: `document` is the JSON Schema as canonical
    JSON, `digest` its SHA-256. `owner_agent` is the address of whose key registered it, empty for people."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    base = models.CharField(max_length=255)
    version = models.PositiveIntegerField()
    semantic_type = models.CharField(max_length=255)
    mode = models.CharField(max_length=16, choices=Mode.choices)
    active = models.BooleanField(default=True)
    document = models.TextField()
    digest = models.BinaryField(max_length=32)
    schema_ref = models.CharField(max_length=512, blank=True)
    owner_agent = models.CharField(max_length=383, blank=True)
    updated_by = models.CharField(max_length=383)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            # The versions of a type, and the newest of one that is sent without a version.
            models.UniqueConstraint(fields=["workspace", "base", "version"], name="semantic_schema_once"),
            # Each submit asks whether there is one for its type.
            models.UniqueConstraint(fields=["workspace", "semantic_type"], name="semantic_schema_of_type"),
        ]

    def __str__(self) -> str:
        return self.semantic_type
