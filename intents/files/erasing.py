"""The files of intents whose contents are erased."""

from collections.abc import Sequence
from uuid import UUID

from intents.files.models import Media
from intents.files.services import uploads
from intents.kernel import statements

_THEIRS = f"""
SELECT {statements.columns(Media, "m")} FROM intents_media m
WHERE m.id IN (SELECT s.media_id FROM intents_intentmedia s WHERE s.intent_id = ANY(%(ids)s::uuid[]))
  AND NOT EXISTS (SELECT FROM intents_intentmedia o WHERE o.media_id = m.id AND o.intent_id <> ALL(%(ids)s::uuid[]))
ORDER BY m.id FOR UPDATE OF m
"""


def erase(ids: Sequence[UUID], entirely: bool) -> None:
    """As of `engine.erasing.Eraser`: files that no other intent shows go, with their bytes."""
    rows = statements.objects(Media, _THEIRS, {"ids": list(ids)})
    statements.rows("DELETE FROM intents_intentmedia WHERE intent_id = ANY(%s::uuid[])", [list(ids)])
    uploads.forget(rows)
