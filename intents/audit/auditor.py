"""A pass of the auditor, every minute, at a bounded cost: what changed lately, what was found broken before, and the next
part of a walk through all intents.

Each step is a transaction that locks the one row of progress, so that of several workers one audits, and what a step found
is stored with how far it came.
"""

import json
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from intents.audit import selectors, slices
from intents.audit.models import AuditProgress
from intents.audit.slices import Slice
from intents.engine import invariants
from intents.engine.invariants import Finding
from intents.kernel import clock, statements
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit

SECONDS = 15.0
"""After so long a pass begins no further step."""
SIZE = 500
"""Intents of a slice, fewer while slices take too long."""
WALK = 20
"""Slices that a pass walks at most: a million intents take less than two hours."""
OVERLAP = 60_000
"""So many milliseconds of events are looked at again: their ids are older than their commits."""
BEHIND = 600_000
"""What is older than this by now is left to the walk."""
KEPT_DAYS = 90


def run() -> int:
    """One pass. Returns how many findings are open after it."""
    until = time.monotonic() + SECONDS
    _begin()
    _ask_whole()
    _ask_again()
    while time.monotonic() < until and _ask_recent():
        pass
    steps = 0
    while time.monotonic() < until and steps < WALK and _walk():
        steps += 1
    return _end()


def prune() -> None:
    """Forget what was resolved long ago."""
    statements.rows(
        f"DELETE FROM intents_auditfinding WHERE resolved_at < {clock.START} - make_interval(days => {KEPT_DAYS})",
        {"now": clock.override()},
    )


def _begin() -> None:
    query = f"""
INSERT INTO intents_auditprogress (id, recent, walked, size, lap_began_at, passed_by)
VALUES (1, %(recent)s, %(zero)s, {SIZE}, {clock.NOW}, 0) ON CONFLICT DO NOTHING
"""
    statements.rows(query, {"recent": _id_at(-OVERLAP), "zero": UUID(int=0), "now": clock.override()})


def _id_at(shift: int) -> UUID:
    """The id of what is made so many milliseconds from now, before all others of that moment."""
    return clock.first_id(clock.now() + timedelta(milliseconds=shift))


_LOCK = f"SELECT {statements.columns(AuditProgress, 'p')} FROM intents_auditprogress p WHERE id = 1 FOR UPDATE SKIP LOCKED"


def _locked() -> AuditProgress | None:
    found = statements.objects(AuditProgress, _LOCK, ())
    return found[0] if found else None


@unit
def _ask_whole() -> None:
    if _locked():
        found = slices.ask_whole()
        known = [*slices.sliced(), *slices.whole(), *slices.PROBES]
        known += [f"{slices.UNASKED}{rule}" for rule in known]
        # And what is left of rules of other versions.
        _store(found, over="f.intent_id IS NULL OR f.rule <> ALL(%(known)s::text[])", params={"known": known})


_AGAIN = """
SELECT intent_id FROM intents_auditfinding WHERE resolved_at IS NULL AND intent_id IS NOT NULL
GROUP BY intent_id ORDER BY min(last_seen_at), intent_id LIMIT %s
"""


@unit
def _ask_again() -> None:
    """Whether what is broken still is: those first that were looked at longest ago."""
    progress = _locked()
    ids = [intent_id for (intent_id,) in statements.rows(_AGAIN, [progress.size])] if progress else []
    if progress and ids and (found := _asked(progress, Slice(ids=ids))) is not None:
        _settle(found, Slice(ids=ids))


_RECENT = "SELECT id, intent_id FROM intents_intentevent WHERE id > %s ORDER BY id LIMIT %s"
_SKIPPED = "SELECT count(*) FROM (SELECT FROM intents_intentevent WHERE id > %s AND id <= %s LIMIT 100000) skipped"


@unit
def _ask_recent() -> bool:
    """The intents of the next events. Whether there are more."""
    progress = _locked()
    if progress is None:
        return False
    oldest = _id_at(-BEHIND)
    if progress.recent < oldest:
        ((skipped,),) = statements.rows(_SKIPPED, [progress.recent, oldest])
        progress.recent, progress.passed_by = oldest, progress.passed_by + skipped
    size = progress.size
    rows = statements.rows(_RECENT, [progress.recent, size])
    intents = Slice(ids=sorted({intent_id for _, intent_id in rows}))
    found = _asked(progress, intents) if rows else []
    if found is not None:
        _settle(found, intents)
        progress.recent = rows[-1][0] if len(rows) == size else max(progress.recent, _id_at(-OVERLAP))
    progress.save()
    return found is None or len(rows) == size


_NEXT = "SELECT id FROM intents_intent WHERE id > %s ORDER BY id LIMIT %s"


@unit
def _walk() -> bool:
    """The next slice of the walk. Whether it goes on in this pass: each begins a new one at most."""
    progress = _locked()
    if progress is None:
        return False
    size = progress.size
    rows = statements.rows(_NEXT, [progress.walked, size])
    ended = len(rows) < size
    intents = Slice(UUID(int=progress.walked.int + 1), slices.LAST if ended else rows[-1][0])
    found = _asked(progress, intents)
    if found is not None:
        _settle(found, intents)
        progress.walked = UUID(int=0) if ended else intents.last
        if ended:
            progress.lap_ended_at = progress.lap_began_at = clock.now()
    progress.save()
    return found is None or not ended


def _asked(progress: AuditProgress, intents: Slice) -> list[Finding] | None:
    """What is broken in a slice, None when smaller ones must be asked first."""
    size = progress.size
    found = slices.ask(intents)
    if found is None and size > 1:
        progress.size = max(1, size // 8)
        return None
    progress.size = min(SIZE, size * 2)
    return slices.ask_one(intents) if found is None else found


def _settle(found: Sequence[Finding], intents: Slice) -> None:
    _store(found, over=f"f.intent_id {intents.asked}", params=intents.params)


_COLUMNS = (("id", "uuid"), ("rule", "text"), ("intent_id", "uuid"), ("seconds", "int"))
_STORE = f"""
WITH found AS MATERIALIZED (SELECT * FROM {statements.recordset("found", "row", _COLUMNS)}), seen AS (
    INSERT INTO intents_auditfinding (id, rule, workspace_id, intent_id, first_seen_at, last_seen_at, counts_at)
    SELECT row.id, row.rule, i.workspace_id, row.intent_id, {clock.NOW}, {clock.NOW},
           {clock.NOW} + make_interval(secs => row.seconds)
    FROM found row LEFT JOIN intents_intent i ON i.id = row.intent_id
    ON CONFLICT (rule, intent_id) WHERE resolved_at IS NULL DO UPDATE SET last_seen_at = excluded.last_seen_at
)
UPDATE intents_auditfinding f SET resolved_at = {clock.NOW}
WHERE f.resolved_at IS NULL AND ({{over}})
  AND NOT EXISTS (SELECT FROM found row WHERE row.rule = f.rule AND row.intent_id IS NOT DISTINCT FROM f.intent_id)
"""


def _store(found: Sequence[Finding], *, over: str, params: dict[str, object]) -> None:
    """Write down what is broken, and that the rest is not any more of what `over` says was looked at."""
    rows = [
        {
            "id": str(new_id()),
            "rule": one.rule,
            "intent_id": one.intent_id and str(one.intent_id),
            "seconds": invariants.EVENTUAL[one.rule].seconds if one.rule in invariants.EVENTUAL else 0,
        }
        for one in found
    ]
    statements.rows(_STORE.format(over=over), {**params, "found": json.dumps(rows), "now": clock.override()})


@unit
def _end() -> int:
    query = f"UPDATE intents_auditprogress SET passed_at = {clock.NOW} WHERE id = 1"
    statements.rows(query, {"now": clock.override()})
    return selectors.state().findings
