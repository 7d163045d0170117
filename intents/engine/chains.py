"""Stored histories are the ones that were written: the chain of each recomputed event by event outside of the database."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from intents.engine import erasures, redactions
from intents.engine.events import GENESIS, chain_hash
from intents.engine.invariants import Finding
from intents.engine.models import Erasure, Intent, IntentBody, IntentEvent
from intents.kernel import canonical, statements

SLICE = 200
"""Intents whose histories are read at a time."""


def broken_chains(ids: Sequence[UUID] | None = None, *, signed: bool = True) -> Iterator[Finding]:
    """Intents (of these ids, or all) whose stored history is not the one that was written, recomputed event by event outside
    of the database.

    Covers the events, the payload's digest in the first of them, the intent's own note of its last event, and that what is
    gone of it was erased by this server: where AUDIT_KEY is another one than then, only that it is on record, without
    `signed`.
    """
    for few in _slices() if ids is None else (list(ids),):
        steps = _steps(statements.streamed(_HISTORIES, {"ids": few}))
        for intent_id, history in groupby(steps, key=attrgetter("event.intent_id")):
            if what := _difference(history, signed=signed):
                yield Finding(what, intent_id)
    if ids is not None:
        return
    for (intent_id,) in statements.rows(_WITHOUT_HISTORY, ()):
        yield Finding("the history is gone", intent_id)


_NEXT = "SELECT id FROM intents_intent WHERE id > %s ORDER BY id LIMIT %s"
# By one statement, for intents may move on meanwhile. Django would bring the whole intent and all that it carries with each
# event, which is several times the work.
_HISTORIES = f"""
SELECT i.status, i.seq, i.last_hash, b.intent_id IS NOT NULL, {statements.columns(IntentBody, "b")},
       {statements.columns(IntentEvent, "e")}
FROM intents_intentevent e JOIN intents_intent i ON i.id = e.intent_id
LEFT JOIN intents_intentbody b ON b.intent_id = e.intent_id AND e.seq = 1
WHERE e.intent_id = ANY({statements.array("ids", "uuid")}) ORDER BY e.intent_id, e.seq
"""
_CARRIED = len(IntentBody._meta.concrete_fields)


class _Step(NamedTuple):
    """An event, and how its intent stands; with the first of them what the intent carries, None where that is gone."""

    event: IntentEvent
    last: "_Last"
    body: IntentBody | None


class _Last(NamedTuple):
    """How an intent stands by its own row."""

    status: str
    seq: int
    hash: bytes


def _slices() -> Iterator[list[UUID]]:
    """The ids of all intents, some at a time."""
    last = UUID(int=0)
    while few := [intent_id for (intent_id,) in statements.rows(_NEXT, [last, SLICE])]:
        yield few
        last = few[-1]


def _steps(rows: Iterable[Sequence[Any]]) -> Iterator[_Step]:
    """Rows of _HISTORIES as what they tell."""
    for status, seq, last_hash, carries, *rest in rows:
        body = statements.made(IntentBody, rest[:_CARRIED]) if carries else None
        yield _Step(statements.made(IntentEvent, rest[_CARRIED:]), _Last(status, seq, bytes(last_hash)), body)


_WITHOUT_HISTORY = """
SELECT i.id FROM intents_intent i WHERE NOT EXISTS (SELECT FROM intents_intentevent e WHERE e.intent_id = i.id)
"""
_REMOVED = f"""
SELECT r.count, r.last_hash, {statements.columns(Erasure, "x")} FROM intents_erasure x LEFT JOIN LATERAL (
    SELECT count(*), max(encode(hash, 'hex')) FILTER (WHERE seq = x.seq) AS last_hash
    FROM intents_removedevent WHERE intent_id = x.intent_id
) r ON true
WHERE x.removed_at IS NOT NULL
"""
_UNSAID = """
SELECT DISTINCT r.intent_id FROM intents_removedevent r
WHERE NOT EXISTS (SELECT FROM intents_erasure x WHERE x.intent_id = r.intent_id AND x.removed_at IS NOT NULL)
  AND NOT EXISTS (SELECT FROM intents_placement p WHERE p.workspace_id = r.workspace_id AND p.state = 'moved')
"""
# What was moved to another cell left its hashes here, for the tree.


def broken_removals() -> Iterator[Finding]:
    """Intents that are said to be removed, and not by this server, or not with all hashes of their events kept."""
    for (intent_id,) in statements.rows(_UNSAID, ()):
        yield Finding("nothing says that it was removed", intent_id)
    for count, last_hash, *columns in statements.rows(_REMOVED, ()):
        row = statements.made(Erasure, columns)
        if not erasures.is_signed(row):
            yield Finding("it was not removed by this server", row.intent_id)
        elif (count, last_hash) != (row.seq, bytes(row.last_hash).hex()):
            yield Finding("hashes of its events are gone", row.intent_id)


def chain_fault(intent: Intent) -> str | None:
    """What is wrong with the stored history of one intent, None when it is the one that was written."""
    history = list(_steps(statements.rows(_HISTORIES, {"ids": [intent.id]})))
    return _difference(history) if history else "the history is gone"


def _difference(history: Iterable[_Step], *, signed: bool = True) -> str | None:
    """What is wrong with the events of one intent, in order."""
    prev_hash, seq, gone = GENESIS, 0, False
    for step in history:
        (event, last, body), seq = step, seq + 1
        if not _is_written(event, prev_hash=prev_hash, seq=seq, signed=signed):
            return f"the history was changed at event {seq}"
        if seq == 1 and not _is_submitted(event, body):
            return "the payload was changed"
        prev_hash = bytes(event.hash)
        gone = gone or event.details is None or (body is not None and not bytes(body.salt))
    if gone and not _is_erased(event.intent_id, last, signed=signed):
        return "what it carried is gone, and was not erased by this server"
    return "the history does not end where its intent says" if (seq, prev_hash) != (last.seq, last.hash) else None


_ERASED = f"SELECT {statements.columns(Erasure, 'x')} FROM intents_erasure x WHERE x.intent_id = %s"


def _is_erased(intent_id: UUID, last: _Last, *, signed: bool) -> bool:
    found = statements.objects(Erasure, _ERASED, [intent_id])
    return any(
        _Last(row.status, row.seq, bytes(row.last_hash)) == last and (not signed or erasures.is_signed(row)) for row in found
    )


def _is_written(event: IntentEvent, *, prev_hash: bytes, seq: int, signed: bool) -> bool:
    if event.seq != seq or bytes(event.prev_hash) != prev_hash:
        return False
    return _hashes(event, prev_hash) or redactions.holds(event, signed=signed)


def _hashes(event: IntentEvent, prev_hash: bytes) -> bool:
    digest = bytes(event.digest)
    if event.details is not None and canonical.digest(event.details, bytes(event.salt or b"")) != digest:
        return False
    computed = chain_hash(
        prev_hash=prev_hash,
        intent_id=event.intent_id,
        seq=event.seq,
        event_type=event.event_type,
        status=event.status,
        waiting_reason=event.waiting_reason,
        handler=event.handler,
        actor=event.actor,
        at=event.at,
        digest=digest,
    )
    return bytes(event.hash) == computed


def _is_submitted(first: IntentEvent, body: IntentBody | None) -> bool:
    """Whether the payload is the one whose digest the first event holds, and people are shown the same. Without either there
    is nothing to compare."""
    promised = canonical.loads(first.details).get("payload_sha256") if first.details else None
    if promised is None or body is None:
        return True
    shown = canonical.dumps(body.as_sent) if body.sent else body.payload
    return bool(shown == body.payload) and canonical.digest(body.payload, bytes(body.salt)).hex() == promised
