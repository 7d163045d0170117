"""Notification fan-out: from one notice of a task to a notification for each person whom it concerns, once.

The row is written in the transaction of what it tells of. Whom it concerns is looked up afterwards, many rows at a time, and
then nobody is notified any more of what was decided meanwhile.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from inbox.notifications.models import UNSEEN, Notification
from inbox.notifications.preferences import ASKING, LASTING, Route
from inbox.notifications.services import messages
from inbox.vocabulary import principals
from intents.accounts.absences import STANDING_IN
from intents.engine import timers
from intents.kernel import clock, live, statements
from intents.kernel.batches import Batches
from intents.kernel.models import new_id
from intents.kernel.unit_of_work import unit
from intents.sending.channels import Feeder

BATCH = 500


_PENDING = [("workspace_id", "uuid"), ("task_id", "uuid"), ("kind", "text"), ("number", "int"), ("principal", "text")]
# While a standing grant is to be tried, which takes a moment, nobody is asked for what it may decide.
_SETTLED = f"""t.state <> 'held' AND NOT EXISTS (
    SELECT FROM intents_timer r WHERE r.intent_id = t.intent_id AND r.kind = '{timers.STANDING_GRANT}'
)"""
_TAKE = f"""
WITH due AS MATERIALIZED (
    SELECT n.id FROM inbox_notice n JOIN inbox_task t ON t.id = n.task_id
    WHERE {_SETTLED} AND n.id = ANY(%(ids)s) ORDER BY n.id
    FOR UPDATE OF n SKIP LOCKED FOR KEY SHARE OF t SKIP LOCKED
)
DELETE FROM inbox_notice WHERE id = ANY(ARRAY(SELECT id FROM due))
RETURNING {", ".join(name for name, _ in _PENDING)}, {clock.NOW}
"""
# A notification refers to its task. One that is deleted at this moment is left out, and delays no other. Who decides one
# does not wait for this, nor this for them: it is then told as it was before.


_OVER = """
UPDATE inbox_chatpost SET due_at = %(now)s
WHERE task_id = ANY(%(over)s) AND state = 'ready' AND due_at >= %(unseen)s
"""
# What chats still ask is to be told there to be over.


class _Pending(NamedTuple):
    workspace_id: UUID
    task_id: UUID
    kind: str
    number: int
    principal: str | None


_WHOM = f"""
WITH taken AS MATERIALIZED (SELECT * FROM {statements.recordset("pending", "v", _PENDING)}),
addressed AS MATERIALIZED (
    SELECT m.workspace_id, m.user_id, m.role, named.principal
    FROM intents_member m JOIN intents_user u ON u.id = m.user_id, LATERAL (
        SELECT unnest(ARRAY['user:' || u.id, 'role:' || m.role]) AS principal
        UNION ALL SELECT 'email:' || u.email WHERE u.email_verified_at IS NOT NULL
        UNION ALL SELECT 'group:' || g.group_id FROM intents_groupmember g WHERE g.member_id = m.id
    ) named
    WHERE u.is_active AND m.suspended_at IS NULL AND m.workspace_id IN (SELECT workspace_id FROM taken)
), asked AS MATERIALIZED (
    SELECT n.workspace_id, n.task_id, n.kind, n.number, named.principal,
           t.state, t.risk, t.excluded, t.voted, t.claimed_by_id, t.decided_by_id
    FROM taken n CROSS JOIN LATERAL (SELECT * FROM inbox_task WHERE id = n.task_id OFFSET 0) t
    JOIN LATERAL (
        SELECT n.principal WHERE n.principal IS NOT NULL
        UNION ALL
        SELECT 'user:' || w.user_id FROM inbox_taskwatcher w WHERE n.kind = 'concluded' AND w.task_id = t.id
        UNION ALL
        SELECT s.principal FROM inbox_assignment s
        WHERE n.principal IS NULL AND n.kind <> 'concluded' AND s.task_id = t.id AND (s.until IS NULL OR s.until > %(now)s)
    ) named ON true
), standing_in AS MATERIALIZED ({STANDING_IN})
SELECT DISTINCT ON (t.task_id, who.user_id, t.kind, t.number)
       t.workspace_id, t.task_id, who.user_id, t.kind, t.number, t.risk, who.principal
FROM asked t JOIN addressed a ON a.workspace_id = t.workspace_id AND a.principal = t.principal
LEFT JOIN standing_in i ON t.kind = ANY(%(asking)s) AND i.workspace_id = a.workspace_id AND i.away = a.user_id
  AND a.principal IN (i.principal, i.address) AND NOT ARRAY[i.away, i.stand_in] && (t.excluded || t.voted)
  AND (t.claimed_by_id IS NULL OR t.claimed_by_id = i.stand_in) AND EXISTS (
      SELECT FROM inbox_assignment x WHERE x.task_id = t.task_id AND x.principal = a.principal AND x.authority <> 'delegate'
  )
CROSS JOIN LATERAL (
    SELECT coalesce(i.stand_in, a.user_id) AS user_id, coalesce(i.stand_in_role, a.role) AS role,
           coalesce(i.principal, a.principal) AS principal
) who
WHERE CASE t.kind WHEN 'overridden' THEN t.state = 'decided' AND who.user_id <> t.decided_by_id
      WHEN 'concluded' THEN who.user_id IS DISTINCT FROM t.decided_by_id
      ELSE t.kind = ANY(%(lasting)s) OR t.state IN ('open', 'claimed') END AND (NOT t.kind = ANY(%(asking)s) OR (
    who.role = ANY(%(roles)s) AND NOT who.user_id = ANY(t.excluded) AND NOT who.user_id = ANY(t.voted)
    AND (t.claimed_by_id IS NULL OR t.claimed_by_id = who.user_id)
    AND NOT EXISTS (
        SELECT FROM inbox_assignment d WHERE d.task_id = t.task_id AND d.authority = 'delegate'
          AND d.by_id IN (a.user_id, who.user_id) AND (d.until IS NULL OR d.until > %(now)s)
    )
))
ORDER BY t.task_id, who.user_id, t.kind, t.number, who.principal DESC
"""
# Each task is looked up by its key, however few there were when this was planned. All names that are asked are made before
# people are looked for, so that these are gone through once for a batch, and not for each of it.
# Who stands in is asked in the place of who is away, where they may decide.
# Of several names for one person the principal that sorts last is kept: user, then role, then group, then address.


class _Found(NamedTuple):
    workspace_id: UUID
    task_id: UUID
    user_id: UUID
    kind: str
    number: int
    risk: str
    principal: str


_COLUMNS = [("id", "uuid"), ("workspace_id", "uuid"), ("user_id", "uuid"), ("task_id", "uuid"), ("kind", "text")]
_COLUMNS += [("number", "int"), ("risk", "text"), ("principal", "text"), ("created_at", "timestamptz")]
_NAMES = ", ".join(name for name, _ in _COLUMNS)
_STORE = f"""
INSERT INTO inbox_notification ({_NAMES}) SELECT {_NAMES} FROM {statements.recordset("rows", "v", _COLUMNS)}
ON CONFLICT (task_id, user_id, kind, number) DO NOTHING RETURNING id
"""


_DUE = f"""
SELECT n.id FROM inbox_notice n JOIN inbox_task t ON t.id = n.task_id
WHERE {_SETTLED} AND NOT n.id = ANY(%(aside)s) ORDER BY n.id LIMIT %(limit)s
"""


def notify(*, limit: int = BATCH) -> int:
    """Make the notifications of up to `limit` notices, and the messages that tell of them. Returns how many notices there
    were: as many as `limit` means there may be more."""
    return _batches.run([row[0] for row in statements.rows(_DUE, {"aside": _batches.aside(), "limit": limit})])


@unit
def _fan_out(ids: Sequence[UUID]) -> int:
    rows = statements.rows(_TAKE, {"ids": list(ids), "now": clock.override()})
    if not rows:
        return 0
    taken, now = [_Pending(*row[:-1]) for row in rows], rows[-1][-1]
    if over := [one.task_id for one in taken if one.kind == "concluded"]:
        statements.rows(_OVER, {"over": over, "unseen": UNSEEN, "now": now})
    pending = statements.records(taken, _PENDING)
    params = {
        "pending": pending,
        "asking": list(ASKING),
        "lasting": list(LASTING),
        "roles": sorted(principals.DECIDERS),
        "now": now,
    }
    _store(_one_each([_Found(*row) for row in statements.rows(_WHOM, params)]), now=now)
    return len(taken)


FEEDER = Feeder("EXISTS (SELECT FROM inbox_notice)", notify)

_batches: Batches[UUID] = Batches("notifications.fan_out", _fan_out, lambda notice_id: notice_id)


def _one_each(found: Sequence[_Found]) -> list[_Found]:
    """Without what asks a person for the same decision again at the same time."""
    asking = sorted((one for one in found if one.kind in ASKING), key=lambda one: (-ASKING.index(one.kind), one.number))
    strongest = {(one.task_id, one.user_id): one for one in asking}
    return [*strongest.values(), *(one for one in found if one.kind not in ASKING)]


def _store(found: Sequence[_Found], *, now: datetime) -> None:
    people = messages.people({one.user_id for one in found})
    routes: dict[tuple[UUID, str, str], Route | None] = {}
    routed: list[tuple[Notification, Route]] = []
    for recipient in found:
        key = (recipient.user_id, recipient.kind, recipient.risk)
        if key not in routes:
            routes[key] = people[recipient.user_id].route(kind=recipient.kind, risk=recipient.risk, now=now)
        if (route := routes[key]) is not None:
            routed.append((Notification(id=new_id(), created_at=now, **recipient._asdict()), route))
    if not routed:
        return
    stored = statements.rows(_STORE, {"rows": statements.records([one for one, _ in routed], _COLUMNS)})
    new = {row[0] for row in stored}
    messages.gather(told=[(one, route) for one, route in routed if one.id in new], known=people, now=now)
    live.wake_up(people={(one.workspace_id, one.user_id) for one, _ in routed if one.id in new})


KEPT_DAYS = 90
_FORGET = f"""
WITH gone AS (DELETE FROM inbox_notification WHERE created_at < {clock.NOW} - make_interval(days => {KEPT_DAYS}))
DELETE FROM inbox_message WHERE created_at < {clock.NOW} - make_interval(days => {KEPT_DAYS}) AND ended_at IS NOT NULL
"""


def prune() -> None:
    """Forget what people were told long ago, and the messages that told it."""
    statements.rows(_FORGET, {"now": clock.override()})
