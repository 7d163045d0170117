"""Moving intents on: the one place that writes a status after the submit.

Look at the table of moves, write, record. Everything an ending implies (disarmed timers, settled deliveries, closed waits)
happens in the same transaction, so that nothing stays behind to act on a finished intent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from intents.engine import events, outbox, timers, waits
from intents.engine.events import Entry, Pending, record
from intents.engine.human_gate import gate
from intents.engine.lifecycle import EVENT_OF, TERMINAL, EventType, Status, WaitReason, ensure_move
from intents.engine.models import Delivery, Intent, IntentEvent, Wait, WaitState
from intents.engine.selectors import lock_many
from intents.kernel import live, statements
from intents.kernel.actors import Actor, companion
from intents.kernel.statements import Clause
from intents.kernel.tracing import Trace


@dataclass(slots=True, kw_only=True)
class Move:
    """A locked intent's way to status `to`. `details` and `event_type` (default: the status's own) are the last event's.

    `wait` is what an intent that becomes WAITING waits for; `wait_ended` tells how the wait of one that was WAITING ended.
    `by` is who moves it, if not the actor of all moves; `trace` is the request that moves it, if not the current one.
    """

    intent: Intent
    to: Status
    details: dict[str, Any] = field(default_factory=dict)
    event_type: EventType | None = None
    wait: Wait | None = None
    wait_ended: WaitState = WaitState.WITHDRAWN
    pending: Pending | None = None
    dead_letter: bool = False
    by: Actor | None = None
    trace: Trace | None = None


def move(
    *,
    move: Move,
    actor: Actor,
    now: datetime,
    beside: Sequence[Sequence[Model]] = (),
    also: Clause = statements.NO_CLAUSE,
) -> IntentEvent:
    """`move_many` of one."""
    return move_many(moves=[move], actor=actor, now=now, beside=beside, also=also)[0]


def move_many(
    *,
    moves: Sequence[Move | Entry],
    actor: Actor,
    now: datetime,
    beside: Sequence[Sequence[Model]] = (),
    also: Clause = statements.NO_CLAUSE,
) -> list[IntentEvent]:
    """Take locked intents to their next statuses, through those between, and record an event for each step. An intent may
    come several times, one move after the other, with events between that change no status. New rows `beside` are stored by
    the same statement, which writes what the part `also` does, too.

    Returns the last event of each move. `now` is the time read after locking. Raises InvalidTransition, before anything is
    written, when the table of moves has no way for one of them.
    """
    made = [one for one in moves if isinstance(one, Move)]
    status: dict[UUID, Status] = {}
    for one in made:
        ensure_move(status.get(one.intent.id) or Status(one.intent.status), one.to)
        status[one.intent.id] = one.to
    if not made and not beside and not also.text:
        return note_many([one for one in moves if isinstance(one, Entry)])
    asked = len(moves)
    orphans, now = _orphans(made, now=now)
    made += orphans
    left: list[tuple[Move, str | None]] = []
    written: list[IntentEvent] = []
    last: list[IntentEvent] = []
    for moved in [*moves, *orphans]:
        if isinstance(moved, Entry):
            written.append(record(moved))
            last.append(written[-1])
            continue
        if moved.intent.status == Status.WAITING:
            left.append((moved, moved.intent.waiting_reason))
        steps = ensure_move(Status(moved.intent.status), moved.to)
        by = moved.by or actor
        for step in steps:
            final = step is steps[-1]
            moved.intent.status = step
            moved.intent.waiting_reason = moved.wait.reason if moved.wait and step is Status.WAITING else None
            entry = Entry(
                intent=moved.intent,
                event_type=(moved.event_type if final else None) or EVENT_OF[step],
                actor=by.label,
                at=now,
                details=moved.details | companion(by) if final else {},
                pending=moved.pending if final else None,
                trace=moved.trace,
            )
            written.append(record(entry))
        last.append(written[-1])
    signals = _parent_signals(made, now=now)
    intents = list({one.intent.id: one.intent for one in [*moves, *orphans]}.values())
    _save_moves(intents, made, [one for one, _ in left], written, beside=[*beside, signals], also=also, now=now)
    _tell_people(left, now=now)
    return last[:asked]


def note(
    *,
    intent: Intent,
    event_type: EventType,
    actor: Actor,
    now: datetime,
    details: dict[str, Any] | None = None,
    pending: Pending | None = None,
) -> IntentEvent:
    """Record an event of a locked intent that changes no status."""
    made = noted(intent=intent, event_type=event_type, actor=actor, now=now, details=details, pending=pending)
    return note_many([made])[0]


def noted(
    *,
    intent: Intent,
    event_type: EventType,
    actor: Actor,
    now: datetime,
    details: dict[str, Any] | None = None,
    pending: Pending | None = None,
) -> Entry:
    """What `note` records, for `note_many` or `move_many`."""
    told = (details or {}) | companion(actor)
    return Entry(intent=intent, event_type=event_type, actor=actor.label, at=now, details=told, pending=pending)


def note_many(entries: Sequence[Entry]) -> list[IntentEvent]:
    """`note` for many locked intents; an intent may come several times."""
    if not entries:
        return []
    recorded = [record(entry) for entry in entries]
    _save(list({entry.intent.id: entry.intent for entry in entries}.values()), recorded)
    return recorded


_COLUMNS: tuple[tuple[str, str], ...] = (
    ("id", "uuid"),
    ("status", "text"),
    ("waiting_reason", "text"),
    ("handler", "text"),
    ("seq", "int"),
    ("last_hash", "bytea"),
    ("checkpoint_seq", "int"),
    ("retry_count", "int"),
    ("updated_at", "timestamptz"),
)

_UPDATE = f"""
UPDATE intents_intent i
SET {", ".join(f"{name} = v.{name}" for name, _ in _COLUMNS[1:])}, changed_in = pg_current_xact_id()::text::bigint
FROM {statements.few("intents", "v", _COLUMNS)} WHERE i.id = v.id
"""
_SAVE = f"WITH recorded AS ({events.INSERT}) {_UPDATE}"
_SAVE_MOVES = f"""
recorded AS ({events.INSERT}), closed AS ({waits.CLOSE} RETURNING w.id), disarmed AS ({timers.DISARM}),
     settled AS ({outbox.SETTLE}), {waits.OPEN}
{_UPDATE}
"""


def _save(intents: Sequence[Intent], recorded: Sequence[IntentEvent]) -> None:
    statements.rows(_SAVE, _rows(intents, recorded))
    live.wake_up(intents=[intent.id for intent in intents])


def _save_moves(
    intents: Sequence[Intent],
    moves: Sequence[Move],
    left: Sequence[Move],
    recorded: Sequence[IntentEvent],
    *,
    beside: Sequence[Sequence[Model]],
    also: Clause,
    now: datetime,
) -> None:
    """Save, and with it what the moves imply: `left`, those that were WAITING, wait no more; of what is over or put aside
    nobody has the work any more; nothing is due for what is over."""
    over, idle, given_up, opened = [], [], [], []
    for one in moves:
        if one.to in TERMINAL:
            over.append(one.intent.id)
        if one.to in TERMINAL or one.to is Status.WAITING:
            idle.append(one.intent.id)
        if one.dead_letter:
            given_up.append(one.intent.id)
        if one.wait:
            opened.append(one.wait)
    implied: dict[str, Any] = {
        "now": now,
        "waited": [one.intent.id for one in left],
        "ended_as": [one.wait_ended for one in left],
        "over": over,
        "idle": idle,
        "given_up": given_up,
        "waits": statements.records(opened, waits.COLUMNS) if opened else "[]",
    }
    stored, params = statements.inserts(*beside)
    parts = ", ".join(filter(None, (stored, also.text, _SAVE_MOVES)))
    statements.rows(f"WITH {parts}", {**_rows(intents, recorded), **implied, **params, **also.params})
    live.wake_up(intents=[intent.id for intent in intents])


def _rows(intents: Sequence[Intent], recorded: Sequence[IntentEvent]) -> dict[str, Any]:
    return {"intents": statements.records(intents, _COLUMNS), "events": statements.records(recorded, events.COLUMNS)}


_FAMILY = """
WITH RECURSIVE family AS (
    SELECT id, status FROM intents_intent WHERE parent_id = ANY(%s)
    UNION ALL
    SELECT child.id, child.status FROM intents_intent child JOIN family ON child.parent_id = family.id
)
SELECT id FROM family WHERE status <> ALL(%s)
"""


def _orphans(moves: Sequence[Move], *, now: datetime) -> tuple[list[Move], datetime]:
    """The moves that end the open children of intents that end without completing, and the time read when all are locked."""
    ended = [one.intent.id for one in moves if one.to in TERMINAL and one.to is not Status.COMPLETED]
    known = {one.intent.id for one in moves}
    orphans: list[Move] = []
    # A child may have got children of its own until it was locked, so after locking comes another look.
    while ended and (children := {row[0] for row in statements.rows(_FAMILY, [ended, sorted(TERMINAL)])} - known):
        locked = lock_many(list(children))
        known, now = known | children, max(now, locked.now)
        orphans += [
            Move(intent=child, to=Status.CANCELED, details={"reason": "what it was a part of has ended"})
            for child in locked.intents.values()
            if child.status not in TERMINAL
        ]
    return orphans, now


def _tell_people(left: Sequence[tuple[Move, str | None]], *, now: datetime) -> None:
    """Nobody needs to decide any more what these intents waited for a person for."""
    human = [(one.intent.id, one.wait_ended) for one, reason in left if reason == WaitReason.HUMAN]
    for how in (WaitState.EXPIRED, WaitState.WITHDRAWN):
        if ids := [intent_id for intent_id, ended in human if ended is how]:
            gate().close(intent_ids=ids, ended=how, now=now)


def _parent_signals(moves: Sequence[Move], *, now: datetime) -> list[Delivery]:
    ended = {one.intent.id: one.intent for one in moves if one.to in TERMINAL}
    children = [intent for intent in ended.values() if intent.parent_id is not None and intent.parent_id not in ended]
    return outbox.parent_signals(children, now=now)
