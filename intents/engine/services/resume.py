"""The one verb of layer 1 that means many things: it depends on who sends it and on what the intent waits for.

The rules are those of the protocol, first match decides.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from intents.engine import permissions, selectors
from intents.engine.human_gate import gate
from intents.engine.lifecycle import TERMINAL, Status, WaitReason, refusal
from intents.engine.models import Intent
from intents.engine.services import work
from intents.engine.services.controls import ensure_generation
from intents.engine.services.parking import satisfy
from intents.engine.services.work import Act, Change
from intents.kernel.actors import Machine, Person, Tenant
from intents.kernel.errors import Denied, InvalidField
from intents.kernel.unit_of_work import unit

ACTIONS = ("complete", "fail", "progress", "checkpoint", "wait")
_ENVELOPE = ("action", "lease_token", "expected_policy_generation", "approve_current_step")


@unit
def resume(
    *,
    actor: Tenant,
    intent_id: UUID,
    body: dict[str, Any],
    lease_token: UUID | None = None,
    expected_policy_generation: int | None = None,
) -> Change:
    """Move an intent on as `body` implies. Raises Missing, Denied, InvalidField, StaleLease, StalePolicyGeneration,
    InvalidTransition."""
    decide = None
    if isinstance(actor, Person) and isinstance(body.get("task_result"), dict):
        decide = gate().read(actor=actor, intent_id=intent_id, task_result=body["task_result"], beside=body)
    intent, now = selectors.lock_intent(actor, intent_id)
    ensure_generation(intent=intent, expected=expected_policy_generation)
    if decide is not None and isinstance(actor, Person) and not _is_result(actor, intent):
        # Also when it is too late: the gate tells who decided.
        return Change(intent, decide(intent=intent, now=now))
    found = judge(actor=actor, intent=intent, now=now, body=body, lease_token=lease_token)
    return found.done(now=now) if isinstance(found, Act) else found()


def judge(
    *, actor: Tenant, intent: Intent, now: datetime, body: dict[str, Any], lease_token: UUID | None
) -> Act | Callable[[], Change]:
    """What `body` implies for a locked intent, of which a person decides nothing by it: what one statement writes, or else
    what does it. Raises as `resume` does."""
    if intent.status in TERMINAL:
        raise refusal(Status(intent.status), "cannot be resumed")
    if isinstance(actor, Machine):
        permissions.ensure_no_person_is_asked(intent)
    rest = {name: value for name, value in body.items() if name not in _ENVELOPE}
    waiting = intent.status == Status.WAITING
    if body.get("approve_current_step"):
        ender = permissions.ender(actor, intent)
        if not waiting:
            return Act.begin(intent=intent, actor=ender)
        return partial(_satisfied, intent, rest, actor=ender, now=now)
    if not waiting and (worker := permissions.who(permissions.works_on, actor, intent)):
        permissions.ensure_lease(selectors.lease(intent) if lease_token else None, lease_token)
        return _worked(intent, body, rest, actor=worker, now=now)
    if isinstance(actor, Machine):
        (permissions.ensure_agent_gets if waiting else permissions.ensure_agent_acts)(intent)
    if waiting and (resumer := permissions.who(permissions.may_resume, actor, intent)):
        return partial(_satisfied, intent, rest, actor=resumer, now=now)
    if waiting:
        raise Denied("only its sender, or one with a resume grant, resumes a waiting intent", status=intent.status)
    raise Denied(f"only the agent {intent.to_agent} resumes this intent now", status=intent.status)


def _is_result(actor: Person, intent: Intent) -> bool:
    """Whether a `task_result` is but a key of the result that the agent of a key, which came along, sends of the work that
    it holds. From anybody else it decides, or is told that it comes too late."""
    if actor.machine is None or intent.status in TERMINAL or intent.status == Status.WAITING:
        return False
    lease = selectors.lease(intent)
    return lease is not None and lease.holder_key_id == actor.machine.credential_id


def _satisfied(intent: Intent, resume: dict[str, Any], *, actor: Tenant, now: datetime) -> Change:
    if intent.waiting_reason == WaitReason.HUMAN:
        raise InvalidField("task_result", "this intent waits for a person: send the outcome here")
    return Change(intent, satisfy(intent=intent, resume=resume, actor=actor, now=now))


def _worked(
    intent: Intent, body: dict[str, Any], rest: dict[str, Any], *, actor: Tenant, now: datetime
) -> Act | Callable[[], Change]:
    match body.get("action", "complete"):
        case "complete":
            return Act.complete(intent=intent, actor=actor, result=rest)
        case "fail":
            retryable = rest.pop("retryable", False)
            if not isinstance(retryable, bool):
                raise InvalidField("retryable", "true or false")
            error = rest.pop("error", None)
            if not isinstance(error, dict):
                error = rest | ({"message": error} if isinstance(error, str) else {})
            return partial(work.failed, intent=intent, error=error, retryable=retryable, actor=actor, now=now)
        case "progress":
            return Act.progress(intent=intent, actor=actor, now=now, details=rest)
        case "checkpoint":
            return Act.checkpoint(intent=intent, actor=actor, now=now, details=rest)
        case other:
            raise InvalidField("action", f"one of {', '.join(ACTIONS)}; put your own keys beside it", sent=str(other)[:80])
