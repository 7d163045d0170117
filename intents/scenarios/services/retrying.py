"""Going on with a run that ended badly, as a new one: what its steps did stays done."""

from dataclasses import dataclass
from uuid import UUID

from intents.accounts import audit
from intents.accounts.services import rights
from intents.engine import permissions, reruns
from intents.engine import selectors as engine
from intents.engine.lifecycle import Status, refusal
from intents.engine.models import Intent
from intents.engine.services import rerun
from intents.engine.services.rerun import RERUNNABLE
from intents.kernel.actors import Person
from intents.kernel.errors import Denied, InvalidField
from intents.kernel.unit_of_work import unit
from intents.scenarios import selectors
from intents.scenarios.models import RunStep, StepState
from intents.scenarios.selectors import Loaded
from intents.scenarios.services.running import ScenarioCarrier

DONE = (StepState.SUCCEEDED, StepState.REUSED)


@dataclass(frozen=True, slots=True)
class Retried:
    """The run that goes on; `applied` tells whether this call began it."""

    run_id: UUID
    applied: bool


@unit
def retry_from(*, actor: Person, run_id: UUID, step_id: str, reason: str) -> Retried:
    """Begin a new run of the same version at a step of a run that failed, timed out or was canceled; what the steps before
    ended with is taken over. Raises Denied for who does not operate the workspace, Missing, InvalidField for a step that the
    run never came to, InvalidTransition, Conflict when its payload was erased."""
    rights.repairs(actor=actor)
    selectors.run(actor, run_id)
    intent, _now = engine.lock_intent(actor, run_id)
    loaded = selectors.runs([run_id])[run_id]
    if not permissions.owns(actor, intent):
        raise Denied("only an owner, an admin or an operator runs a step again")
    if (before := reruns.rerun_as(intent)) is not None:
        return Retried(before, applied=False)
    if intent.status not in RERUNNABLE:
        raise refusal(Status(intent.status), "is not run again: only what failed, timed out or was canceled is")
    if not any(one.step_id == step_id for one in loaded.steps):
        raise InvalidField("step_id", "the run never came to a step of this id")
    told = {
        "scenario_id": loaded.version.scenario_id,
        "version": str(loaded.version.version),
        "reason": reason,
        "from_step": step_id,
    }
    new, begun_at = rerun.submit_run_anew(intent=intent, actor=actor, told=told)
    ScenarioCarrier.begin(
        run=loaded.run.another(new),
        like=loaded,
        intent=new,
        actor=actor,
        now=begun_at,
        reused=_reused(loaded, new, step_id),
        at=step_id,
    )
    audit.note(
        workspace_id=intent.workspace_id,
        actor=actor,
        action="intent.rerun",
        subject=str(run_id),
        rerun_intent_id=str(new.id),
        from_step=step_id,
        reason=reason,
    )
    return Retried(new.id, applied=True)


def _reused(loaded: Loaded, new: Intent, step_id: str) -> list[RunStep]:
    """What was done before the run came to the step last, as steps of the new one."""
    last = max(place for place, one in enumerate(loaded.steps) if one.step_id == step_id)
    done = [one for one in loaded.steps[:last] if one.state in DONE and one.step_id != step_id]
    return [
        RunStep(
            workspace_id=new.workspace_id,
            run_id=new.id,
            number=number,
            step_id=one.step_id,
            kind=one.kind,
            attempt=one.attempt,
            state=StepState.REUSED,
            child_id=one.child_id,
            started_at=one.started_at,
            ended_at=one.ended_at,
            result=one.result,
        )
        for number, one in enumerate(done, start=1)
    ]
