"""Erasing what intents carried: the one writer that takes something away.

An event's hash covers a salted digest of its details, so without the details and the salt the chain still holds and nothing
can be guessed from it. Rooms erase what they keep of intents by an eraser of their own.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from intents.engine import chains, erasures, redactions
from intents.engine.models import Erasure, Intent
from intents.kernel import canonical, statements
from intents.kernel.clock import rfc3339

RETENTION, REQUEST = "retention", "request"
"""Why something is erased: its time was over, or somebody asked for it."""
PROVED = ("task_id", "revision", "digest", "outcome", "authority", "channel", "delegated_by")
"""What of a decision is kept."""

Eraser = Callable[[Sequence[UUID], bool], None]
_erasers: list[Eraser] = []


def register(eraser: Eraser) -> None:
    """`eraser` erases what a room keeps of the contents of some intents that are over, or with True all of its rows."""
    _erasers.append(eraser)


def erase_beside(ids: Sequence[UUID]) -> None:
    """Erase all that rooms keep of intents that are about to be deleted, their history with them."""
    for erase_more in _erasers:
        erase_more(ids, True)


_CONTENTS = (
    """
    UPDATE intents_intentevent SET details = NULL, salt = NULL
    WHERE intent_id = ANY(%(ids)s::uuid[]) AND (details IS NOT NULL OR salt IS NOT NULL)
    """,
    """
    UPDATE intents_intentbody SET payload = '{}', sent = NULL, salt = '', human_task = NULL, document = NULL
    WHERE intent_id = ANY(%(ids)s::uuid[])
    """,
    """
    UPDATE intents_intent SET controls = '{}', policy = '{}'
    WHERE id = ANY(%(ids)s::uuid[]) AND (controls <> '{}' OR policy <> '{}')
    """,
    "UPDATE intents_delivery SET resume = NULL, last_error = NULL WHERE intent_id = ANY(%(ids)s::uuid[])",
    """
    UPDATE intents_signal s SET result = 'null' FROM intents_wait w
    WHERE w.intent_id = ANY(%(ids)s::uuid[]) AND s.workspace_id = w.workspace_id AND s.tool = w.tool
      AND s.external_id = w.external_id
    """,
    "UPDATE intents_wait SET spec = '{}' WHERE intent_id = ANY(%(ids)s::uuid[])",
    "DELETE FROM intents_storedstep WHERE intent_id = ANY(%(ids)s::uuid[])",
    "DELETE FROM intents_refusedcall WHERE intent_id = ANY(%(ids)s::uuid[])",
)
_KEEP_HASHES = """
INSERT INTO intents_removedevent (id, workspace_id, intent_id, seq, hash)
SELECT id, workspace_id, intent_id, seq, hash FROM intents_intentevent WHERE intent_id = ANY(%(ids)s::uuid[])
"""
_ROWS = (
    """
    DELETE FROM intents_signal s USING intents_wait w
    WHERE w.intent_id = ANY(%(ids)s::uuid[]) AND s.workspace_id = w.workspace_id AND s.tool = w.tool
      AND s.external_id = w.external_id
    """,
    *(
        f"DELETE FROM intents_{table} WHERE intent_id = ANY(%(ids)s::uuid[])"
        for table in (
            "callback",
            "wait",
            "storedstep",
            "refusedcall",
            "threadviewer",
            "timer",
            "delivery",
            "intentbody",
            "redaction",
        )
    ),
    "DELETE FROM intents_intentevent WHERE intent_id = ANY(%(ids)s::uuid[])",
    "DELETE FROM intents_intent WHERE id = ANY(%(ids)s::uuid[])",
)
_DECIDED = """
SELECT intent_id, seq, actor, at, details FROM intents_intentevent
WHERE intent_id = ANY(%(ids)s::uuid[]) AND details LIKE '%%"decision":{%%' ORDER BY intent_id, seq
"""
_ERASED = f"SELECT {statements.columns(Erasure, 'x')} FROM intents_erasure x WHERE x.intent_id = ANY(%s::uuid[])"


def erase(*, intents: Sequence[Intent], by: str, reason: str, now: datetime, entirely: bool = False) -> list[UUID]:
    """Erase the contents of locked intents that are over, or remove them `entirely` but for the hashes of their events.

    Returns the ids of those that it was done to. Those whose history is not what was written are left as they are: erased,
    nobody could see any more what was done to them.
    """
    broken = {finding.intent_id for finding in chains.broken_chains([one.id for one in intents])}
    sound = [one for one in intents if one.id not in broken]
    ids = [one.id for one in sound]
    if not ids:
        return []
    before = {row.intent_id: row for row in erased(ids)}
    kept = _kept(ids)
    for erase_more in _erasers:
        erase_more(ids, entirely)
    signed = [] if entirely else list(redactions.of(ids))
    if entirely:
        statements.rows(_KEEP_HASHES, {"ids": ids})
    for statement in _ROWS if entirely else _CONTENTS:
        statements.rows(statement, {"ids": ids})
    redactions.sign(signed, of=ids, at=now)
    rows = [before.get(one.id) or _row(one, by=by, reason=reason, now=now, kept=kept.get(one.id, [])) for one in sound]
    for row in rows:
        row.removed_at = now if entirely else None
        erasures.sign(row)
    _store(rows)
    return ids


def erased(ids: Sequence[UUID]) -> Sequence[Erasure]:
    """What was erased of these intents. Checks no actor."""
    return statements.objects(Erasure, _ERASED, [list(ids)])


def _kept(ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The decisions in the histories of intents, without what people wrote."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for intent_id, seq, actor, at, details in statements.rows(_DECIDED, {"ids": ids}):
        decision = canonical.loads(details).get("decision")
        if isinstance(decision, dict):
            proved = {name: decision[name] for name in PROVED if name in decision}
            found.setdefault(intent_id, []).append({"seq": seq, "actor": actor, "at": rfc3339(at), "decision": proved})
    return found


def _row(intent: Intent, *, by: str, reason: str, now: datetime, kept: list[dict[str, Any]]) -> Erasure:
    return Erasure(
        intent_id=intent.id,
        workspace_id=intent.workspace_id,
        status=intent.status,
        seq=intent.seq,
        last_hash=bytes(intent.last_hash),
        at=now,
        by=by,
        reason=reason,
        kept=canonical.dumps({"decisions": kept}),
    )


_COLUMNS = (
    ("intent_id", "uuid"),
    ("workspace_id", "uuid"),
    ("status", "text"),
    ("seq", "int"),
    ("last_hash", "bytea"),
    ("at", "timestamptz"),
    ("by", "text"),
    ("reason", "text"),
    ("kept", "text"),
    ("removed_at", "timestamptz"),
    ("signature", "bytea"),
)
_NAMES = ", ".join(name for name, _ in _COLUMNS)
_STORE = f"""
INSERT INTO intents_erasure ({_NAMES}) SELECT {_NAMES} FROM {statements.recordset("rows", "r", _COLUMNS)}
ON CONFLICT (intent_id) DO UPDATE SET removed_at = excluded.removed_at, signature = excluded.signature
"""


def _store(rows: Sequence[Erasure]) -> None:
    statements.rows(_STORE, {"rows": statements.records(rows, _COLUMNS)})


class Erased(NamedTuple):
    """How many intents were erased: the contents alone, or removed as a whole."""

    contents: int
    removed: int


def counts() -> Erased:
    """Of all workspaces."""
    query = "SELECT count(*) - count(removed_at), count(removed_at) FROM intents_erasure"
    return Erased(*statements.rows(query, ())[0])
