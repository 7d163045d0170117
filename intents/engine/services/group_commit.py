"""Submits of several requests that arrive together, of whatever agents and workspaces, in one transaction.

A group is for what `submit` would accept without any more questions. What its statement does not accept it leaves
untouched, to be submitted by itself: that tells why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Model

from intents.engine import admission, timers
from intents.engine.human_gate import HumanTaskRequest
from intents.engine.lifecycle import Status
from intents.engine.services.human_tasks import questions
from intents.engine.services.idempotency import IdempotencyKey
from intents.engine.services.submission import ASKED, SUBMIT_GROUP, SUBMIT_ONE, Submission, Submitted, row, whose
from intents.engine.services.submitted import as_stored
from intents.engine.services.transitions import Move, move_many
from intents.engine.sharing import NothingDone, or_nothing
from intents.kernel import failpoints, live, statements
from intents.kernel.actors import Machine
from intents.kernel.errors import Unavailable
from intents.kernel.tracing import Trace
from intents.kernel.unit_of_work import unit


@dataclass(frozen=True, slots=True)
class Prepared:
    """A submission as a row of a group's statement, of INPUT and WHOSE, and what people are asked, if they are."""

    actor: Machine
    row: dict[str, Any]
    human_task: dict[str, Any] | None

    @property
    def id(self) -> UUID:
        made: UUID = self.row["id"]
        return made

    @property
    def trace(self) -> Trace:
        return Trace(self.row["trace_id"], self.row["request_id"], self.row["parent_span"])


def prepare(*, actor: Machine, submission: Submission, idempotency_key: IdempotencyKey | None) -> Prepared:
    """A submission for a group, with the ids of the current request. Raises what `row` does."""
    made = row(actor=actor, submission=submission) | whose(actor=actor, idempotency_key=idempotency_key)
    return Prepared(actor, made, submission.human_task)


def submit_group(*, group: Sequence[Prepared]) -> dict[UUID, Submitted]:
    """Submit what is accepted as it is, by intent. Not accepted are those that a rule concerns, that are refused, or whose
    idempotency key was used before, also within the group.

    Raises NothingDone, and Django's OperationalError or InterfaceError when the database went away: then nobody knows.
    """
    try:
        asks = any(one.human_task is not None for one in group)
        done, statuses = _with_people(group) if asks else (_submitted(group), {})
    except Unavailable as error:
        raise NothingDone from error
    failpoints.hit("after_commit")
    return {
        intent_id: Submitted(intent_id, statuses.get(intent_id, Status.SUBMITTED), created_at)
        for intent_id, created_at, _ in done
    }


@unit
def _with_people(group: Sequence[Prepared]) -> tuple[list[tuple[Any, ...]], dict[UUID, Status]]:
    """The same for some that come with a human task: these go to people in the same transaction."""
    done = _submitted(group)
    accepted = {intent_id: created_at for intent_id, created_at, _ in done}
    failpoints.hit("mid_batch")
    with or_nothing():
        return done, _asked([one for one in group if one.human_task is not None], accepted)


def _asked(group: Sequence[Prepared], accepted: Mapping[UUID, str]) -> dict[UUID, Status]:
    """Those of a group that were `accepted`, each at its time, go to people."""
    new = {
        one.id: as_stored(given=one.row, actor=one.actor, by=one.actor, created_at=accepted[one.id])
        for one in group
        if one.id in accepted
    }
    if not new:
        return {}
    now = max(one.created_at for one in new.values())
    requests: dict[Machine, list[HumanTaskRequest]] = {}
    for one in group:
        if one.id in new:
            assert one.human_task is not None
            request = HumanTaskRequest(
                intent=new[one.id], spec=one.human_task, asked_by=one.actor, on_submit=True, trace=one.trace
            )
            requests.setdefault(one.actor, []).append(request)
    moves: list[Move] = []
    beside: list[Sequence[Model]] = []
    for actor, asked in requests.items():
        of_actor, rows = questions(requests=asked, actor=actor, now=now)
        moves += of_actor
        beside += rows
    move_many(moves=moves, actor=group[0].actor, now=now, beside=beside)
    statuses = {one.id: Status(one.status) for one in new.values()}
    if any(status is not ASKED for status in statuses.values()):
        raise NothingDone  # another status than is kept for a repeat
    return statuses


def _submitted(group: Sequence[Prepared]) -> list[tuple[Any, ...]]:
    """Run the statement, and tell who listens."""
    with or_nothing():
        done = _run([one.row for one in group])
        if done:
            accepted = {intent_id for intent_id, *_ in done}
            new = [one.row for one in group if one.id in accepted]
            soon = any(timers.is_soon(one["deadline_at"]) for one in new)
            mailboxes = {(one["workspace"], one["mailbox"]) for one in new if one["human_task"] is None}
            workers = soon or any(by_server for *_, by_server in done)
    if done:
        live.wake_up(intents=accepted, mailboxes=mailboxes, workers=workers)
    return done


def _run(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    if len(rows) == 1:
        # Read as a table these cost several times as much as plain values.
        return statements.rows(SUBMIT_ONE, rows[0] | admission.unadmitted())
    return statements.rows(SUBMIT_GROUP, {"given": statements.written(rows), **admission.unadmitted()})
