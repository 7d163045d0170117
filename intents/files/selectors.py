"""Files that an actor may see, and those that are kept or forgotten."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from intents.engine.selectors import intents
from intents.files.models import IntentMedia, Media
from intents.kernel.actors import Machine, Scope, Tenant
from intents.kernel.errors import Missing


def media(actor: Tenant) -> QuerySet[Media]:
    """The files `actor` may see: its workspace's, or with an own-scope key its own and those of intents it may see."""
    found = Media.objects.filter(workspace_id=actor.workspace_id)
    if isinstance(actor, Machine) and actor.scope is Scope.OWN:
        shown = IntentMedia.objects.filter(intent__in=intents(actor)).values("media_id")
        found = found.filter(Q(owner=actor.name) | Q(id__in=shown))
    return found


def media_item(actor: Tenant, media_id: UUID) -> Media:
    """Raises Missing."""
    found = media(actor).filter(id=media_id).first()
    if found is None:
        raise Missing(f"no file has the id {media_id}", upload_id=str(media_id))
    return found


def lock(media_id: UUID) -> Media | None:
    """A file, its row locked to the end of the transaction; None where there is none any more. Checks no actor."""
    return Media.objects.select_for_update().filter(id=media_id).first()


def lock_abandoned(*, before: datetime, limit: int) -> list[Media]:
    """The uploads that were never finished, and whose time ended `before`, locked but for those that others have locked."""
    abandoned = Media.objects.filter(finalized_at__isnull=True, expires_at__lt=before).order_by("expires_at")
    return list(abandoned.select_for_update(skip_locked=True)[:limit])


def has_twin(row: Media) -> bool:
    """Whether another file of the workspace has the same content. Checks no actor."""
    return Media.objects.filter(workspace_id=row.workspace_id, sha256=row.sha256).exclude(id=row.id).exists()
