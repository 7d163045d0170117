"""Decisions that arrive together: those that share a transaction, as `intents.api.grouped` has it."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from inbox.schemas import requests, shapes
from inbox.tasks.answers import Answer
from inbox.tasks.services.decide import Decided
from inbox.tasks.services.decide_together import Together, Wish
from intents.api.common import to_json
from intents.api.grouped.taking import GroupedCall, Lane, Matched, PersonsRequest, Taken

_OF_TASK = re.compile(
    r"/v1/(tasks|approvals)/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})/(decide|decision)"
)
"""An id in any other spelling is for the ordinary path."""


class _Asked(NamedTuple):
    """What a request wants, and how it is answered."""

    wish: Wish
    tell: Callable[[Decided], dict[str, object]]


def find(method: str, path: str) -> Matched | None:
    """The call that a request makes, None where that is none of these."""
    matched = _OF_TASK.fullmatch(path) if method == "POST" else None
    call = CALLS.get((matched[1], matched[3])) if matched else None
    return Matched(call, path, UUID(matched[2])) if call and matched else None


def _decide(asked: PersonsRequest) -> _Asked | None:
    body = requests.DecideTask.model_validate(asked.sent)
    if body.override:
        return None
    wish = _wish(asked, body.answer(), payload_digest=body.payload_digest)
    return _Asked(wish, lambda done: shapes.decided(done.task, done.decision))


def _decide_approval(asked: PersonsRequest) -> _Asked:
    body = requests.DecideApproval.model_validate(asked.sent)
    wish = _wish(asked, body.answer(), by_intent=True)
    return _Asked(wish, lambda done: shapes.approval(done.task, done.decision, body.decision))


def _wish(asked: PersonsRequest, answer: Answer, *, by_intent: bool = False, payload_digest: str | None = None) -> Wish:
    assert asked.intent_id is not None
    return Wish(
        actor=asked.actor,
        named=asked.intent_id,
        by_intent=by_intent,
        answer=answer,
        payload_digest=payload_digest,
        idempotency_key=asked.idempotency_key,
        trace=asked.trace,
    )


def _decide_all(taken: Sequence[Taken]) -> list[str | None]:
    wanted: list[_Asked] = [one.wanted for one in taken]
    # One of each task: another has to be told who was first.
    first: dict[UUID, _Asked] = {}
    for one in wanted:
        first.setdefault(one.wish.named, one)

    def tell(done: Mapping[UUID, Decided]) -> dict[UUID, str]:
        return {named: to_json(first[named].tell(decided)) for named, decided in done.items()}

    told = Together({named: one.wish for named, one in first.items()}).decide(tell)
    return [told.get(one.wish.named) if first[one.wish.named] is one else None for one in wanted]


LANE = Lane("decide", _decide_all)
CALLS = {
    ("tasks", "decide"): GroupedCall(LANE, "POST", "/v1/tasks/<task_id>/decide", None, _decide),
    ("approvals", "decision"): GroupedCall(LANE, "POST", "/v1/approvals/<approval_id>/decision", None, _decide_approval),
}
