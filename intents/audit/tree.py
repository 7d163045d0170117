"""The tree of all events: a leaf for each, in which nothing can be changed, taken out or moved without another root.

Events are appended some seconds after their commit, by beat, in the order of their ids; ids are older than commits, so what
was too late for one look is found by a later one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from intents.audit import merkle
from intents.audit.merkle import SIZE, WIDTH
from intents.audit.models import AuditTree
from intents.engine.invariants import Eventual
from intents.kernel import clock, statements
from intents.kernel.unit_of_work import unit

BATCH = 5000
OVERLAP = timedelta(minutes=2)
"""Events so old are looked for at each append, those of a day once an hour."""
LONG_OVERLAP = timedelta(days=1)
THOROUGH = timedelta(hours=1)


class StoredTiles:
    """The tiles of the database, each read once."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, int], bytes] = {}

    def __call__(self, level: int, index: int) -> bytes:
        if (level, index) not in self._read:
            found = statements.rows("SELECT hashes FROM intents_audittile WHERE level = %s AND index = %s", [level, index])
            self._read[level, index] = bytes(found[0][0]) if found else b""
        return self._read[level, index]


_LOCK = f"SELECT {statements.columns(AuditTree, 't')} FROM intents_audittree t WHERE id = 1 FOR UPDATE SKIP LOCKED"
_NEW = f"""
SELECT e.id, e.hash FROM intents_intentevent e
WHERE e.id > %s AND NOT EXISTS (SELECT FROM intents_auditleaf l WHERE l.event_id = e.id) ORDER BY e.id LIMIT {BATCH}
"""
_TILE = (("level", "int"), ("index", "bigint"), ("hashes", "bytea"))
_APPEND = f"""
WITH tile AS (
    INSERT INTO intents_audittile (level, index, hashes)
    SELECT level, index, hashes FROM {statements.recordset("tiles", "t", _TILE)}
    ON CONFLICT (level, index) DO UPDATE SET hashes = excluded.hashes
)
INSERT INTO intents_auditleaf (index, event_id)
SELECT %(size)s::bigint + place - 1, event_id FROM unnest(%(events)s::uuid[]) WITH ORDINALITY AS e(event_id, place)
"""


SAME = Eventual(
    f"""
SELECT e.intent_id FROM intents_intentevent e JOIN intents_auditleaf l ON l.event_id = e.id
LEFT JOIN intents_audittile t ON t.level = 0 AND t.index = l.index / {WIDTH}
WHERE t.index IS NULL
   OR substring(t.hashes FROM (l.index % {WIDTH})::int * {SIZE} + 1 FOR {SIZE}) <> sha256('\\x00'::bytea || e.hash)
""",
    seconds=0,
)
"""The auditor's rule that an event is the one that was appended."""


def append() -> int:
    """Append events that are not in the tree yet. Returns how many: as many as BATCH means there may be more."""
    statements.rows(
        "INSERT INTO intents_audittree (id, size, looked_from, thorough_at) VALUES (1, 0, %s, NULL) ON CONFLICT DO NOTHING",
        [UUID(int=0)],
    )
    return _append()


@unit
def _append() -> int:
    found = statements.objects(AuditTree, _LOCK, ())
    if not found:
        return 0
    tree, now = found[0], clock.now()
    thorough = tree.thorough_at is None or tree.thorough_at < now - THOROUGH
    since = tree.looked_from
    if thorough and since.int:
        since = min(since, clock.first_id(now - LONG_OVERLAP))
    rows = statements.rows(_NEW, [since])
    if rows:
        leaves = [merkle.leaf_hash(bytes(one)) for _, one in rows]
        changed = merkle.grown(StoredTiles(), tree.size, leaves)
        tiles = [{"level": level, "index": index, "hashes": f"\\x{one.hex()}"} for (level, index), one in changed.items()]
        statements.rows(_APPEND, {"tiles": json.dumps(tiles), "size": tree.size, "events": [one for one, _ in rows]})
        tree.size += len(rows)
    if len(rows) < BATCH:
        tree.looked_from = max(tree.looked_from, clock.first_id(now - OVERLAP))
        tree.thorough_at = now if thorough else tree.thorough_at
    elif rows[-1][0] > tree.looked_from:
        tree.looked_from = rows[-1][0]
    tree.save()
    return len(rows)


def size() -> int:
    """How many events the tree has."""
    found = statements.rows("SELECT size FROM intents_audittree WHERE id = 1", ())
    return found[0][0] if found else 0


def leaves_of(events: Sequence[UUID]) -> dict[UUID, int]:
    """Where in the tree events are, by their ids; those that are not in it yet are left out."""
    return dict(statements.rows("SELECT event_id, index FROM intents_auditleaf WHERE event_id = ANY(%s)", [list(events)]))


@dataclass(frozen=True, slots=True)
class TreeFault:
    """Something that is not as it was when it was appended."""

    what: str

    def __str__(self) -> str:
        return self.what


MOST = 100
_LEAVES = f"""
SELECT l.index, l.event_id, coalesce(e.hash, r.hash) FROM intents_auditleaf l
LEFT JOIN intents_intentevent e ON e.id = l.event_id
LEFT JOIN intents_removedevent r ON r.id = l.event_id AND e.id IS NULL
LEFT JOIN intents_audittile t ON t.level = 0 AND t.index = l.index / {WIDTH}
WHERE coalesce(e.id, r.id) IS NULL OR t.index IS NULL
   OR substring(t.hashes FROM (l.index % {WIDTH})::int * {SIZE} + 1 FOR {SIZE})
      <> sha256('\\x00'::bytea || coalesce(e.hash, r.hash))
ORDER BY l.index LIMIT {MOST}
"""
_COUNTED = "SELECT count(*), coalesce(min(index), 0), coalesce(max(index), -1) FROM intents_auditleaf"


def faults() -> list[TreeFault]:
    """What in the tree is not of the events that it was made of: leaves of events that are changed or gone, gaps, tiles that
    do not add up."""
    found = [
        TreeFault(f"event {event_id}, leaf {index} of the tree, {'is gone' if stored is None else 'was changed'}")
        for index, event_id, stored in statements.rows(_LEAVES, ())
    ]
    ((count, first, last),) = statements.rows(_COUNTED, ())
    if (count, first, last) != (size(), 0, size() - 1):
        found.append(TreeFault(f"the tree has {size()} leaves, of which {count} are there"))
    return found + _tiles_that_do_not_add_up()


def _tiles_that_do_not_add_up() -> list[TreeFault]:
    above, found, level, count = StoredTiles(), list[TreeFault](), 0, size()
    while count and len(found) < MOST:
        for index in range((count + WIDTH - 1) // WIDTH):
            tile, whole = StoredTiles()(level, index), min(WIDTH, count - index * WIDTH) * SIZE
            place = index % WIDTH * SIZE
            if len(tile) != whole:
                found.append(TreeFault(f"tile {index} of level {level} is not whole"))
            elif whole == WIDTH * SIZE and above(level + 1, index // WIDTH)[place : place + SIZE] != merkle.combined(tile):
                found.append(TreeFault(f"tile {index} of level {level} is not what the level above was made of"))
        count //= WIDTH
        level += 1
    return found
