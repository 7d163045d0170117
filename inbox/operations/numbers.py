"""Numbers of payloads, kept where people look for them, so that a list of what is open reads no payload again.

Which paths are asked for nobody knows before: the first search for one reads payloads, and from then on a worker keeps its
numbers, of what is open. What it has not come to is read in place, so an answer is the same whether or not it was there;
only what comes with an older id than LATE allows is not found before numbers are next tidied.
"""

import time
from collections.abc import Sequence
from uuid import UUID

from django.db import DatabaseError, connection, transaction

from inbox.operations.states import ENDED, STATUSES, WORKSPACE, texts
from inbox.operations.wheres import first_id
from intents.kernel import clock, live, replica, statements
from intents.kernel.unit_of_work import unit

KEEP_SECONDS = 1.5
"""So often the numbers of new intents are added,"""
TIDY_SECONDS, SELDOM_SECONDS = 60.0, 3600.0
"""and so often those of what is over are taken out: where somebody has looked lately, and elsewhere."""
ASKED = "interval '10 minutes'"
"""That a path is asked for is noted no more often."""
KEPT, FORGOTTEN = "interval '1 hour'", "interval '30 days'"
"""So long after the last search its numbers are added to as often, from then on when they are tidied; and so long until they
are forgotten: who looks again after a week has no payload read either."""
MOST = 8
"""Of a workspace's paths those asked for last are kept."""
BATCH = 20_000
"""So many payloads are read at a time."""
MANY = 1_000
"""So many that are new to it change what the planner should know."""
VALUE = "(SELECT b.payload::jsonb #> {path} AS value FROM intents_intentbody b WHERE b.intent_id = {intent})"
"""SQL of the part of an intent's payload."""
TEXT = "(p.value #>> '{}')"


def as_number(text: str) -> str:
    """SQL of a text as a number, null where it is none."""
    return f"(CASE WHEN {text} ~ '^-?[0-9]{{1,30}}([.][0-9]{{1,30}})?$' THEN {text}::numeric END)"


# JSON's own numbers are told as such, most of them without looking at their digits.
NUMBER = f"""
(CASE WHEN jsonb_typeof(p.value) = 'number' AND length({TEXT}) <= 30 THEN p.value::numeric ELSE {as_number(TEXT)} END)
"""
"""SQL of the part `p` of a payload as a number, null where it is none."""
OPEN = texts(STATUSES["open"])
LATE = "interval '1 hour'"
"""How much earlier than it can be read an id may have been made: by another server's clock, or in a long transaction."""
_SINCE = first_id(f"(SELECT coalesce(kept_at, 'epoch') - {LATE} FROM inbox_payloadpath WHERE id = {{path_id}})")
_WITHOUT = f"""
SELECT i.id FROM intents_intent i WHERE i.{{workspace}} AND i.status IN ({OPEN})
AND NOT EXISTS (SELECT FROM inbox_payloadnumber n WHERE n.path_id = {{path_id}} AND n.intent_id = i.id)
"""
# An intent that is over is never open again: of what was there when all numbers were kept none is missing.
_MISSING = f"{_WITHOUT} AND i.id >= {_SINCE}"


def ids(path_id: str, compares: str, path: str) -> str:
    """SQL of the ids of the open intents of a workspace, and of some that are over, whose number at a path `compares` so."""
    # One after the other, or all payloads would be read to find those that are missing.
    missing = _MISSING.format(workspace=WORKSPACE, path_id=path_id)
    value = VALUE.format(path=path, intent="u.id")
    return f"""
SELECT n.intent_id FROM inbox_payloadnumber n WHERE n.path_id = {path_id} AND n.number {compares}
UNION ALL
SELECT u.id FROM ({missing} OFFSET 0) u WHERE EXISTS (SELECT FROM {value} p WHERE {NUMBER} {compares})
"""


_KNOWN = f"""
SELECT id, asked_at > {clock.START} - {ASKED}, EXISTS (SELECT FROM inbox_payloadnumber n WHERE n.path_id = p.id)
FROM inbox_payloadpath p
WHERE workspace_id = %(workspace)s::uuid AND path = %(path)s::text[]
"""
_ASK = f"""
INSERT INTO inbox_payloadpath (workspace_id, path, asked_at) VALUES (%(workspace)s::uuid, %(path)s::text[], {clock.START})
ON CONFLICT (workspace_id, path) DO UPDATE SET asked_at = excluded.asked_at
"""


def asked(workspace_id: UUID, path: Sequence[str]) -> int | None:
    """Somebody compares numbers at a path: its id, None when its numbers are not kept yet. Checks no actor."""
    params = {"workspace": workspace_id, "path": list(path), "now": clock.override()}
    found = statements.rows(_KNOWN, params)
    if not found or not found[0][1]:
        try:
            with replica.primary(), transaction.atomic():
                statements.rows(_ASK, params)
                live.wake_up(searched=not found)
        except DatabaseError:
            pass  # one that takes no writes now is searched all the same
    return found[0][0] if found and found[0][2] else None


def _add(missing: str) -> str:
    return f"""
WITH added AS (
INSERT INTO inbox_payloadnumber (path_id, intent_id, number)
SELECT %(id)s::bigint, u.id, (SELECT {NUMBER} FROM {VALUE.format(path="%(path)s::text[]", intent="u.id")} p)
FROM ({missing.format(workspace="workspace_id = %(workspace)s::uuid", path_id="%(id)s::bigint")} LIMIT {BATCH}) u
ON CONFLICT DO NOTHING RETURNING 1
) SELECT count(*) FROM added
"""


_ADD, _ADD_OLDER = _add(_MISSING), _add(_WITHOUT)
_COMPLETE = f"UPDATE inbox_payloadpath SET kept_at = {clock.START} WHERE id = %(id)s::bigint"
_OVER = f"""
DELETE FROM inbox_payloadnumber n USING intents_intent i
WHERE n.path_id = %(id)s::bigint AND i.id = n.intent_id AND i.status IN ({ENDED})
"""
_FORGET = f"""
WITH old AS (
    DELETE FROM inbox_payloadpath WHERE id IN (
        SELECT id FROM (
            SELECT id, asked_at, row_number() OVER (PARTITION BY workspace_id ORDER BY asked_at DESC) AS place
            FROM inbox_payloadpath
        ) p WHERE place > {MOST} OR asked_at < {clock.START} - {FORGOTTEN}
    ) RETURNING id
)
DELETE FROM inbox_payloadnumber n USING old WHERE n.path_id = old.id
"""
_PATHS = f"""
SELECT id, workspace_id, path FROM inbox_payloadpath
WHERE %(every)s::boolean OR kept_at IS NULL OR (NOT %(new)s::boolean AND asked_at > {clock.START} - {KEPT})
ORDER BY id FOR UPDATE SKIP LOCKED
"""
_kept_at = _tidied_at = _all_tidied_at = -SELDOM_SECONDS


def keep_now_and_then(seconds: float) -> None:
    """`keep`, no more often than it is worth: until there are no more to add, for some time at most. Where that was not
    enough, the next call goes on."""
    global _kept_at, _tidied_at, _all_tidied_at  # noqa: PLW0603 - of the process
    now = time.monotonic()
    if now - _kept_at >= KEEP_SECONDS:
        every = now - _all_tidied_at >= SELDOM_SECONDS
        tidy = every or now - _tidied_at >= TIDY_SECONDS
        _kept_at, _tidied_at = now, now if tidy else _tidied_at
        _all_tidied_at = now if every else _all_tidied_at
        more = keep(tidy=tidy, every=every)
        while more and time.monotonic() - now < seconds:
            more = keep(tidy=False)
        if more:
            _kept_at -= KEEP_SECONDS


def begin(seconds: float) -> None:
    """`keep` what nobody has asked for before, for some time at most; the next who keeps goes on."""
    began = time.monotonic()
    while keep(tidy=False, new=True) and time.monotonic() - began < seconds:
        pass


@unit
def keep(*, tidy: bool, every: bool = False, new: bool = False) -> bool:
    """Add the numbers of open intents at the paths that are asked for lately, or at `every` one, or at the `new` ones alone,
    which are not all kept yet, BATCH of each; with `tidy` also of those whose ids are older than when they came, by a clock
    that is behind or as history that was brought in, and take out those that are of no use. Whether there are more to
    add."""
    params = {"now": clock.override()}
    more = False
    if tidy:
        statements.rows(_FORGET, params)
    for path_id, workspace_id, path in statements.rows(_PATHS, params | {"every": every, "new": new}):
        of_path = {"id": path_id, "workspace": workspace_id, "path": path}
        ((added,),) = statements.rows(_ADD_OLDER if tidy else _ADD, of_path)
        more = more or added == BATCH
        if added < BATCH:
            statements.rows(_COMPLETE, {"id": path_id} | params)
        if added >= MANY:
            # Or it is joined to what is open as if it had no rows.
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE inbox_payloadnumber")
        if tidy:
            statements.rows(_OVER, of_path)
    return more


_ERASE = """
DELETE FROM inbox_payloadnumber
WHERE path_id = ANY(ARRAY(SELECT id FROM inbox_payloadpath)) AND intent_id = ANY(%(ids)s::uuid[])
"""


def erase(ids: Sequence[UUID], entirely: bool) -> None:
    """As of `engine.erasing.Eraser`."""
    statements.rows(_ERASE, {"ids": list(ids)})
