"""What exactly a decider is shown, and so what a decision is bound to."""

from collections.abc import Mapping, Sequence
from typing import Any

from inbox.tasks.models import Task
from intents.engine.models import Intent, IntentBody
from intents.files.models import Media
from intents.kernel import canonical

ASKED = ("title", "description", "task_type", "allowed_outcomes", "required_comment", "evidence_required", "form_schema")
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
    }
