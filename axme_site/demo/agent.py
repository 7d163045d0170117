"""The demo's agents at work: they react to what people decide, step by step, as a real agent would.

Between two steps they wait for a time, so no thread is held; what is done stands in the checkpoint, so a restart in the
middle goes on there.
"""

from typing import Any
from uuid import UUID

from axme_site.demo import asking, traffic
from axme_site.demo.cast import AGENTS, WORKERS
from axme_site.demo.scenes import Scene, by_key
from inbox.demo import PREFIX
from inbox.vocabulary import kinds
from intents.dispatch.bindings import internal
from intents.engine.services import idempotency, waits, work
from intents.engine.services.waits import When
from intents.kernel import clock
from intents.kernel.actors import Machine
from intents.kernel.unit_of_work import unit

STEP_SECONDS = 2.0


def register() -> None:
    """Let the agents of the demo live in this process's workers."""
    for name in AGENTS:
        internal.register(f"{PREFIX}{name}", traffic.toil if name in WORKERS else react, answerer=answer)


def react(actor: Machine, handed: dict[str, Any]) -> dict[str, Any] | None:
    """What a demo agent does with a delivery: the result, or None while it goes on."""
    scene = _scene(actor, UUID(handed["correlation_id"]))
    if scene is None:
        return {"note": "The agents of the demo answer the intents of the demo only."}
    intent_id = UUID(handed["intent_id"])
    resume, checkpoint = handed["resume"] or {}, handed["checkpoint"]
    if checkpoint is not None:
        state = checkpoint["state"]
        return _step(actor, intent_id, scene, state | {"step": state["step"] + 1})
    if "task_result" in resume:
        outcome = resume["task_result"]["outcome"]
        if outcome == "changes_requested" or kinds.is_negative(scene.task.get("task_type", "approval"), outcome):
            return {"outcome": outcome, "note": "Understood. Nothing was done."}
        return _step(actor, intent_id, scene, {"step": 0, "outcome": outcome})
    if resume.get("expired"):
        return {"outcome": "expired", "note": "Nobody answered in time, so nothing was done."}
    asking.put(actor, intent_id, scene)
    return None


def answer(actor: Machine, correlation_id: UUID, question: str) -> str:
    """What a demo agent says to a question, whatever that is: the one thing more that it knows about the scene."""
    scene = _scene(actor, correlation_id)
    return (
        scene and scene.knows
    ) or "All that I know about this is above. If something is missing, say no and tell me what."


def _scene(actor: Machine, correlation_id: UUID) -> Scene | None:
    """What one of the agent's intents is about, None for an intent of somebody else."""
    for key, scene in by_key(clock.now()).items():
        if asking.correlation(actor.workspace_id, key) == correlation_id and actor.name == f"{PREFIX}{scene.agent}":
            return scene
    return None


def _step(actor: Machine, intent_id: UUID, scene: Scene, state: dict[str, Any]) -> dict[str, Any] | None:
    step: int = state["step"]
    if step >= len(scene.doing):
        if scene.then is not None:
            _go_on(actor, intent_id, scene.then)
        return scene.result | {"outcome": state["outcome"]}
    _do(actor, intent_id, scene.doing[step], step=step, of=len(scene.doing), state=state)
    return None


@unit
def _do(actor: Machine, intent_id: UUID, doing: str, *, step: int, of: int, state: dict[str, Any]) -> None:
    work.progress(actor=actor, intent_id=intent_id, message=doing, percent=round(100 * (step + 1) / (of + 1)))
    details = {"step": step + 1, "total": of, "message": doing, "state": state}
    work.checkpoint(actor=actor, intent_id=intent_id, details=details)
    waits.wait_for_time(actor=actor, intent_id=intent_id, when=When(delay_seconds=STEP_SECONDS))


def _go_on(actor: Machine, intent_id: UUID, key: str) -> None:
    """Ask what comes of the decision, once, however often this is done."""
    idempotency_key = idempotency.parse_key(
        workspace_id=actor.workspace_id,
        account_id=actor.agent_id,
        route="demo",
        key=f"{key} after {intent_id}",
        sent={},
    )
    asking.tell(actor, by_key(clock.now())[key], idempotency_key=idempotency_key)
