"""Changing how a live intent is treated: its controls (deadline, retries, free keys) and its policy (grants, envelope)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from intents.engine import permissions, selectors
from intents.engine.lifecycle import TERMINAL, EventType, Status, refusal
from intents.engine.models import Intent
from intents.engine.services.deadline import set_deadline
from intents.engine.services.transitions import note
from intents.engine.services.work import Change
from intents.kernel import canonical, clock
from intents.kernel.actors import Tenant
from intents.kernel.errors import Denied, InvalidField, StalePolicyGeneration
from intents.kernel.unit_of_work import unit

MAX_TIMEOUT_SECONDS = 366 * 24 * 3600
_COUNTS = {"max_retry_count": 1000, "retry_backoff_seconds": 24 * 3600, "timeout_seconds": MAX_TIMEOUT_SECONDS}


@unit
def patch_controls(
    *,
    actor: Tenant,
    intent_id: UUID,
    patch: dict[str, Any],
    reason: str | None = None,
    expected_policy_generation: int | None = None,
) -> Change:
    """Merge `patch` into the controls (null takes a key away). `timeout_seconds` and `deadline_at` move the deadline,
    `max_retry_count` and `retry_backoff_seconds` steer retries; other keys are kept for the agents to read.

    Raises Missing, Denied, InvalidField, PayloadTooLarge, InvalidTransition, StalePolicyGeneration.
    """
    actor, intent, now = _changeable(actor, intent_id, expected_policy_generation)
    for name, most in _COUNTS.items():
        value = patch.get(name)
        if value is not None and (type(value) is not int or not 0 <= value <= most):
            raise InvalidField(f"controls_patch.{name}", f"a whole number from 0 to {most}")
    return patched(intent=intent, patch=patch, actor=actor, now=now, more={"reason": reason})


def patched(*, intent: Intent, patch: dict[str, Any], actor: Tenant, now: datetime, more: dict[str, Any]) -> Change:
    """Merge a `patch` whose counts are in order into the controls of a locked live intent. `more` is for the record. Raises
    InvalidField, PayloadTooLarge."""
    if "deadline_at" in patch and patch["deadline_at"] is not None:
        set_deadline(intent=intent, deadline_at=clock.moment("controls_patch.deadline_at", patch["deadline_at"]), now=now)
    elif patch.get("timeout_seconds"):
        set_deadline(intent=intent, deadline_at=now + timedelta(seconds=patch["timeout_seconds"]), now=now)
    intent.controls = canonical.sized(_merged(canonical.loads(intent.controls), patch), "controls")
    return _changed(intent, {"controls_patch": patch} | more, actor=actor, now=now)


@unit
def patch_grants(
    *,
    actor: Tenant,
    intent_id: UUID,
    grants_patch: dict[str, Any],
    envelope_patch: dict[str, Any],
    reason: str | None = None,
    expected_policy_generation: int | None = None,
) -> Change:
    """Merge patches into the policy's grants and envelope (null takes a key away).

    Raises Missing, Denied, InvalidField, PayloadTooLarge, InvalidTransition, StalePolicyGeneration.
    """
    actor, intent, now = _changeable(actor, intent_id, expected_policy_generation)
    if (granted := grants_patch.get("resume")) is not None and not (
        isinstance(granted, list) and all(isinstance(one, str) for one in granted)
    ):
        raise InvalidField("grants_patch.resume", "a list of agent addresses")
    policy = canonical.loads(intent.policy)
    policy["grants"] = _merged(policy.get("grants", {}), grants_patch)
    policy["envelope"] = _merged(policy.get("envelope", {}), envelope_patch)
    intent.policy = canonical.sized(policy, "policy")
    details = {"grants_patch": grants_patch, "envelope_patch": envelope_patch, "reason": reason}
    return _changed(intent, details, actor=actor, now=now)


_OF_THE_DEADLINE = ("deadline_at", "timeout_seconds")


def carry_over(*, to: Intent, of: Intent, actor: Tenant, now: datetime) -> None:
    """Treat the new locked intent `to` as another was treated, but for its deadline; nothing is done where that one was
    treated as any other."""
    patch = {name: value for name, value in canonical.loads(of.controls).items() if name not in _OF_THE_DEADLINE}
    policy = canonical.loads(of.policy)
    if not patch and not policy:
        return
    to.controls, to.policy = canonical.dumps(patch), of.policy
    granted = {f"{name}_patch": value for name, value in policy.items() if value}
    _changed(to, {"controls_patch": patch} | granted, actor=actor, now=now)


def ensure_generation(*, intent: Intent, expected: int | None) -> None:
    """Raises StalePolicyGeneration when the caller expected another generation than the current one."""
    if expected is not None and expected != intent.policy_generation:
        raise StalePolicyGeneration(
            f"the policy was changed meanwhile: its generation is {intent.policy_generation}",
            policy_generation=intent.policy_generation,
            status=intent.status,
        )


def _changeable(actor: Tenant, intent_id: UUID, expected: int | None) -> tuple[Tenant, Intent, datetime]:
    intent, now = selectors.lock_intent(actor, intent_id)
    owner = permissions.who(permissions.owns, actor, intent)
    if owner is None:
        raise Denied("only its sender or an operator changes how an intent is treated")
    if intent.status in TERMINAL:
        raise refusal(Status(intent.status), "is treated no differently any more")
    ensure_generation(intent=intent, expected=expected)
    return owner, intent, now


def _changed(intent: Intent, details: dict[str, Any], *, actor: Tenant, now: datetime) -> Change:
    intent.policy_generation += 1
    Intent.objects.filter(id=intent.id).update(
        controls=intent.controls,
        policy=intent.policy,
        policy_generation=intent.policy_generation,
        deadline_at=intent.deadline_at,
    )
    details = {name: value for name, value in details.items() if value is not None}
    details["policy_generation"] = intent.policy_generation
    return Change(intent, note(intent=intent, event_type=EventType.POLICY_UPDATED, actor=actor, now=now, details=details))


def _merged(current: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in (current | patch).items() if value is not None}
