"""What exactly a decider is shown, and so what a decision is bound to."""

from collections.abc import Mapping, Sequence
from typing import Any

from inbox.tasks.models import Task
from intents.engine.models import Intent, IntentBody
from intents.files.models import Media
from intents.kernel import canonical

ASKED = (
    "title",
    "description",
    "task_type",
    "allowed_outcomes",
    "required_comment",
    "evidence_required",
    "form_schema",
    "quorum",
    "stages",
    "on_missing",
    "editable_fields",
    "summary",
    "consequence",
    "outcome_labels",
    "reject_reasons",
)
"""The parts of a human task that a decider is shown."""


def shown(
    *, task: Task, spec: Mapping[str, Any], intent: Intent, body: IntentBody, media: Sequence[Media]
) -> dict[str, Any]:
    """Everything a decider of this revision is shown. The payload goes in by its salted digest, each file by its own."""
    return {
        "intent_id": str(intent.id),
        "intent_type": intent.intent_type,
        "from_agent": intent.from_agent,
        "to_agent": intent.to_agent,
        "task_id": str(task.id),
        "revision": task.revision,
        "asked": {name: spec[name] for name in ASKED if name in spec},
        "risk": task.risk,
        "attachments": [
            {
                "media_id": str(one.id),
                "filename": one.filename,
                "mime_type": one.mime_type,
                "sha256": bytes(one.sha256 or b"").hex(),
            }
            for one in media
        ],
        "payload_sha256": canonical.digest(body.payload, bytes(body.salt)).hex(),
        **({"approved": canonical.loads(task.approved)} if task.approved is not None else {}),
    }


def digest(*, task: Task, spec: Mapping[str, Any], intent: Intent, body: IntentBody, media: Sequence[Media]) -> bytes:
    """The SHA-256, 32 bytes, of everything a decider of this revision is shown."""
    return canonical.digest(canonical.dumps(shown(task=task, spec=spec, intent=intent, body=body, media=media)))
