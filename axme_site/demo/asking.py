"""How a scene becomes an intent that waits for people."""

from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from axme_site.demo import papers
from axme_site.demo.scenes import Scene
from intents.engine.services import waits
from intents.engine.services.idempotency import IdempotencyKey
from intents.engine.services.submission import Submission, Submitted
from intents.engine.services.submit import submit
from intents.engine.services.waits import Limit
from intents.files.services import uploads
from intents.kernel import canonical
from intents.kernel.actors import Machine
from intents.kernel.unit_of_work import unit

FILES: Mapping[str, tuple[str, bytes]] = {
    "invoice.pdf": (
        "application/pdf",
        papers.pdf(
            (
                "Kiefer Hosting KG",
                "INVOICE KH-4711",
                "",
                "Servers, October      6 x 289.00    1,734.00",
                "Backup storage       18 x   9.90      178.20",
                "Support               5 x  80.85      404.25",
                "",
                "Total EUR                           2,316.45",
            )
        ),
    ),
    "spend.png": ("image/png", papers.chart((1910, 1910, 1990, 2040, 2040, 2040, 2110, 2110, 2150, 2180, 2185, 2316))),
}
"""What scenes attach: type and bytes by name."""


def correlation(workspace_id: UUID, key: str) -> UUID:
    """The correlation id by which a scene's intent is known again."""
    return uuid5(NAMESPACE_URL, f"axme-demo:{workspace_id}:{key}")


@unit
def tell(actor: Machine, scene: Scene, *, idempotency_key: IdempotencyKey | None = None) -> UUID | None:
    """Submit the scene's intent, in the agent's own name and to itself, and put it to people: its id. With a key that was
    used before, nothing happens."""
    payload = canonical.dumps(scene.payload)
    submission = Submission(
        intent_type=scene.intent_type,
        to_agent=actor.label,
        payload=payload,
        payload_sent=canonical.as_sent(scene.payload, payload),
        correlation_id=correlation(actor.workspace_id, scene.key),
    )
    submitted = submit(actor=actor, submission=submission, idempotency_key=idempotency_key)
    if not isinstance(submitted, Submitted):
        return None
    put(actor, submitted.intent_id, scene)
    return submitted.intent_id


def put(actor: Machine, intent_id: UUID, scene: Scene) -> None:
    """Ask people what the scene's agent asks. When nobody answers in time, the agent hears of it."""
    task: dict[str, Any] = dict(scene.task)
    if scene.files:
        task["attachments"] = [_file(actor, name) for name in scene.files]
    seconds = scene.due.total_seconds() if scene.due else None
    limit = Limit(seconds=seconds, then="resume") if seconds else Limit()
    waits.wait_for_person(actor=actor, intent_id=intent_id, spec=task, limit=limit)


def _file(actor: Machine, name: str) -> str:
    mime_type, data = FILES[name]
    row = uploads.take(actor=actor, owner_agent=actor.label, filename=name, declared=mime_type, pieces=[data])
    return str(row.id)
