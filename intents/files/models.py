"""Files that agents and people send along."""

from django.db import models
from django.db.models import F, Q

from intents.accounts.models.tenancy import Workspace
from intents.engine.models.intent import Intent
from intents.kernel.models import Row


class Media(Row):
    """A file: announced first, then sent, then finished. Once `finalized_at` is set it never changes.

    `owner` is the local name of the address it belongs to, `owner_agent` its spelling as sent. `size_bytes` and
    `declared_sha256` were announced; `sha256` and `received_bytes` are those of the bytes that came. Bytes can be sent until
    `expires_at`.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False)
    owner = models.CharField(max_length=241)
    owner_agent = models.CharField(max_length=383)
    filename = models.CharField(max_length=255)
    mime_type = models.CharField(max_length=127)
    size_bytes = models.BigIntegerField()
    declared_sha256 = models.BinaryField(max_length=32, null=True)
    received_bytes = models.BigIntegerField(null=True)
    sha256 = models.BinaryField(max_length=32, null=True)
    created_by = models.CharField(max_length=383)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finalized_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Whether other files of a workspace have the same content.
            models.Index(fields=["workspace", "sha256"], condition=Q(sha256__isnull=False), name="media_content"),
            # The sweep of abandoned uploads.
            models.Index(fields=["expires_at"], condition=Q(finalized_at__isnull=True), name="media_unfinished"),
        ]
        constraints = [
            # Lets other tables hold a foreign key that cannot cross workspaces.
            models.UniqueConstraint(fields=["workspace", "id"], name="media_in_workspace"),
            models.CheckConstraint(
                condition=Q(finalized_at__isnull=True) | Q(sha256__isnull=False, received_bytes=F("size_bytes")),
                name="media_finished_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.filename


class IntentMedia(Row):
    """That an intent shows a file or was given it: who may see the intent may see the file."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    intent = models.ForeignKey(Intent, models.CASCADE, related_name="media", db_constraint=False, db_index=False)
    media = models.ForeignKey(Media, models.PROTECT, related_name="shown_in", db_constraint=False)

    class Meta:
        constraints = [
            # The files of an intent, each once.
            models.UniqueConstraint(fields=["intent", "media"], name="intent_media_once"),
        ]

    def __str__(self) -> str:
        return f"{self.media_id} in {self.intent_id}"
