"""Files that an actor may see."""

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
