"""Files that a task shows, and files that a decision brings as evidence."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from inbox.tasks import selectors
from inbox.tasks.answers import Answer, evidence_ids, file_id, says_something
from intents.engine.models import Intent, IntentBody
from intents.files import selectors as domain
from intents.files.models import IntentMedia, Media
from intents.kernel import canonical
from intents.kernel.actors import Tenant
from intents.kernel.errors import InvalidField

MAX_ATTACHMENTS = 20


def ensure_ready(*, actor: Tenant, ids: Sequence[str], field: str) -> None:
    """Raises InvalidField, naming the place below `field`, unless each of `ids` is a finished file that `actor` may see."""
    named = [UUID(one) for one in ids]
    ready = _ready(actor, named)
    for index, one in enumerate(named):
        if one not in ready:
            raise InvalidField(f"{field}.{index}", "no finished file has this id: send the file first, then finalize it")


def shown(*, intent: Intent, body: IntentBody, spec: Mapping[str, Any]) -> list[Media]:
    """The files that a task shows: those its `spec` names, then those the payload names as {"media_id": ...}, if they belong
    to the agent that sent the intent or the one that works on it."""
    named = [UUID(one) for one in spec.get("attachments", ())]
    # Almost no payload names files, and each task comes by here.
    mentioned = list(_mentioned(canonical.loads(body.payload))) if '"media_id"' in body.payload else []
    found = {row.id: row for row in selectors.files(intent.workspace_id, [*named, *mentioned])}
    theirs = [one for one in mentioned if one in found and found[one].owner in (intent.sender, intent.mailbox)]
    return [found[one] for one in dict.fromkeys([*named, *theirs])][:MAX_ATTACHMENTS]


def evidence(*, actor: Tenant, answer: Answer, required: bool) -> None:
    """Check what an answer brings in `data.evidence`: a text, or a list of texts and ids of finished files.

    Raises InvalidField for an id of no such file, and where evidence is `required` and there is none.
    """
    ids = evidence_ids(answer.data)
    ready = _ready(actor, list(ids.values()))
    for place, one in ids.items():
        if one not in ready:
            raise InvalidField(answer.field(f"data.evidence{place}"), "no finished file has this id")
    if required and not ids and not says_something((answer.data or {}).get("evidence")):
        raise InvalidField(answer.field("data.evidence"), "this decision needs evidence: a file or a text")


def link(*, intent: Intent, media_ids: Sequence[UUID]) -> None:
    """Who may see the intent may see these files from now on."""
    IntentMedia.objects.bulk_create(
        [IntentMedia(workspace_id=intent.workspace_id, intent=intent, media_id=one) for one in media_ids],
        ignore_conflicts=True,
    )


def link_evidence(*, intent: Intent, data: Mapping[str, Any] | None) -> None:
    """`link` for the files of a decision's checked data."""
    if ids := evidence_ids(data):
        link(intent=intent, media_ids=list(ids.values()))


def _ready(actor: Tenant, ids: Sequence[UUID]) -> set[UUID]:
    if not ids:
        return set()
    return set(domain.media(actor).filter(id__in=ids, finalized_at__isnull=False).values_list("id", flat=True))


def _mentioned(value: Any) -> Iterator[UUID]:
    if isinstance(value, dict):
        if (found := file_id(value)) is not None:
            yield found
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _mentioned(inner)
