"""What a server keeps of having been restored from a backup: a mark, and apart the checkpoints of what was lost."""

from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction

from intents.accounts import audit
from intents.accounts.models import Workspace
from intents.audit import checkpoints
from intents.audit.checkpoints import Lost
from intents.kernel import clock
from intents.kernel.actors import System

RESTORER = System(name="restore")


def mark(*, backup_at: str, version: str) -> None:
    """Note it in the audit log of each workspace: `backup_at` is RFC 3339, `version` wrote the backup."""
    with transaction.atomic():
        for workspace in Workspace.objects.order_by("id"):
            details = {"backup_at": backup_at, "version": version}
            audit.note(
                workspace_id=workspace.id, actor=RESTORER, action="server.restored", subject=str(workspace), **details
            )


def lost_checkpoints() -> Lost:
    """Those of AUDIT_FILE that sign what the backup does not have; none where it cannot be read, as it will be said then by
    what verifies histories."""
    try:
        return checkpoints.lost()
    except OSError:
        return Lost([], [])


def set_aside(lost: Lost, *, backup_at: str, say: Callable[[str], object]) -> None:
    """Let AUDIT_FILE have no checkpoints of what was lost, with which nothing that is here agrees."""
    gone = [*lost.ahead, *lost.others]
    if not gone:
        return
    stamp = "".join(filter(str.isalnum, clock.rfc3339(clock.now())[:19]))
    file = Path(settings.AUDIT_FILE)
    try:
        aside = checkpoints.set_aside(gone, name=f"{file.stem}-before-restore-{stamp}{file.suffix}")
    except OSError as problem:
        say(f"{file} still has {len(gone)} checkpoints of what was lost ({problem.strerror}): verify_audit will name them.")
        return
    if lost.ahead:
        say(f"{len(lost.ahead)} checkpoints sign what happened after {backup_at}, which is lost: they are in {aside} now.")
    if lost.others:
        say(
            f"{len(lost.others)} checkpoints sign another history than was restored, or by another key: they are in {aside}"
            " now. Where neither an earlier restore nor another AUDIT_KEY explains them, the backup is not what was signed."
        )
