"""What agents do with the intents in their hands, and who ends one, by requests that arrive together."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from intents.api.common import LONGEST_ESCAPE, optional, to_json
from intents.api.grouped.taking import GroupedCall, Lane, PlainRequest, Taken
from intents.api.shared import applied, beating, ends_work, kept, resolved
from intents.engine.lifecycle import Status
from intents.engine.models import Intent
from intents.engine.services import resolve, resume, steps, work
from intents.engine.services.controls import ensure_generation
from intents.engine.services.together import Judge, Together, Wish, Wishes
from intents.engine.services.work import Act, Change
from intents.kernel import canonical
from intents.kernel.actors import Tenant
from intents.schemas import fields, requests, work_requests
from intents.schemas.shown import fulls


def _wish(asked: PlainRequest, judge: Judge, *, lease_token: UUID | None = None, alive: bool = False) -> Wish:
    assert asked.intent_id is not None
    return Wish(
        actor=asked.actor,
        intent_id=asked.intent_id,
        judge=judge,
        lease_token=lease_token,
        idempotency_key=asked.idempotency_key,
        trace=asked.trace,
        alive=alive,
    )


def _working(asked: PlainRequest, body: fields.Fenced, act: Callable[[Intent, Tenant, datetime], Act]) -> Wish:
    """What the agent of an intent does that works on it."""

    def judge(intent: Intent, now: datetime) -> Act:
        return act(intent, work.at_hand(actor=asked.actor, intent=intent), now)

    return _wish(asked, judge, lease_token=body.lease_token, alive=True)


def _acknowledge(asked: PlainRequest) -> Wish:
    body = fields.Fenced.model_validate(asked.sent)
    return _working(asked, body, lambda intent, actor, now: Act.acknowledge(intent=intent, actor=actor))


def _progress(asked: PlainRequest) -> Wish:
    body = work_requests.Progress.model_validate(asked.sent)
    told = body.details()
    return _working(asked, body, lambda intent, actor, now: Act.progress(intent=intent, actor=actor, now=now, details=told))


def _checkpoint(asked: PlainRequest) -> Wish:
    body = work_requests.Checkpoint.model_validate(asked.sent)
    told = body.details()
    return _working(
        asked, body, lambda intent, actor, now: Act.checkpoint(intent=intent, actor=actor, now=now, details=told)
    )


def _resume(asked: PlainRequest) -> Wish | None:
    body = asked.sent
    if not isinstance(body, dict) or body.get("action") == "wait":
        return None
    if asked.size * LONGEST_ESCAPE > settings.PAYLOAD_MAX_BYTES:
        return None
    generation = optional(fields.GENERATION, body, "expected_policy_generation")
    token = optional(fields.LEASE_TOKEN, body, "lease_token")

    def judge(intent: Intent, now: datetime) -> Act | Callable[[], Change]:
        ensure_generation(intent=intent, expected=generation)
        return resume.judge(actor=asked.actor, intent=intent, now=now, body=body, lease_token=None)

    return _wish(asked, judge, lease_token=token, alive=not ends_work(body))


def _resolve(asked: PlainRequest) -> Wish:
    body = requests.ResolveIntent.model_validate(asked.sent)
    status, details = Status(body.status), body.details()

    def judge(intent: Intent, now: datetime) -> Act:
        generation = body.expected_policy_generation
        return resolve.judge(actor=asked.actor, intent=intent, status=status, details=details, expected=generation)

    return _wish(asked, judge)


def _put_step(asked: PlainRequest) -> Wish:
    body = work_requests.PutStep.model_validate(asked.sent)
    result = canonical.dumps(body.result)

    def act(intent: Intent, actor: Tenant, now: datetime) -> Act:
        return Act(intent, actor, (), steps.step_of(intent=intent, key=asked.key, result=result, actor=actor, now=now))

    # The step's own key makes it once; the call reads no other.
    return _working(asked._replace(idempotency_key=None), body, act)


def _heartbeat(asked: PlainRequest) -> Wish:
    body = fields.Fenced.model_validate(asked.sent)
    return _wish(asked, lambda intent, now: Act(intent, asked.actor, ()), lease_token=body.lease_token)


def _first(taken: Sequence[Taken]) -> Wishes:
    """One of each intent: another has to see what the first has done."""
    wishes: dict[UUID, Wish] = {}
    for one in taken:
        wishes.setdefault(one.wanted.intent_id, one.wanted)
    return wishes


def _answers(taken: Sequence[Taken], wishes: Wishes, told: Mapping[UUID, str]) -> list[str | None]:
    ids = [one.wanted.intent_id for one in taken]
    return [told.get(of) if wishes[of] is one.wanted else None for of, one in zip(ids, taken, strict=True)]


def _act_all(taken: Sequence[Taken]) -> list[str | None]:
    wishes = _first(taken)
    calls = {one.wanted.intent_id: one.call for one in taken if wishes[one.wanted.intent_id] is one.wanted}

    def tell(done: Mapping[UUID, Change]) -> dict[UUID, str]:
        shown = [change.intent for of, change in done.items() if calls[of] is not PUT_STEP]
        whole = fulls(shown) if shown else {}
        return {of: to_json(_told(calls[of], change, whole.get(of))) for of, change in done.items()}

    return _answers(taken, wishes, Together(wishes).act(tell))


def _told(call: GroupedCall, change: Change, whole: dict[str, Any] | None) -> dict[str, Any]:
    if change.step is not None:
        return kept(change.step)
    return resolved(resolve.Ended.by(change), whole) if call is RESOLVE else applied(change, whole)


def _beat_all(taken: Sequence[Taken]) -> list[str | None]:
    wishes = _first(taken)

    def tell(ends: Mapping[UUID, datetime]) -> dict[UUID, str]:
        return {of: to_json(beating(at)) for of, at in ends.items()}

    return _answers(taken, wishes, Together(wishes).beat(tell))


_WORK, _HEARTBEAT = Lane("work", _act_all), Lane("heartbeat", _beat_all)


def _call(name: str, read: Callable[[PlainRequest], Wish | None], lane: Lane = _WORK) -> GroupedCall:
    return GroupedCall(lane, "POST", f"/v1/intents/<intent_id>/{name}", read)


RESOLVE = _call("resolve", _resolve)
PUT_STEP = GroupedCall(_WORK, "PUT", "/v1/intents/<intent_id>/steps/<key>", _put_step, status=201)
CALLS = {
    "acknowledge": _call("acknowledge", _acknowledge),
    "progress": _call("progress", _progress),
    "checkpoint": _call("checkpoint", _checkpoint),
    "resume": _call("resume", _resume),
    "resolve": RESOLVE,
    "heartbeat": _call("heartbeat", _heartbeat, _HEARTBEAT),
    "steps": PUT_STEP,
}
"""By what follows the intent in their paths."""
