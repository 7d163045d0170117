"""Workspaces in which everything stands somewhere, made by the hundred: copies of intents that the product itself made, with
other times, deadlines and attempts."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db import connection, transaction

from intents.kernel import statements
from tests.callers import KeyCaller, PersonCaller
from tests.inbox.conftest import ask, ask_midway

RISKS = ["low", "medium", "high", "critical"]
MOST = 80
"""Copies in one mix at most."""
AGES = (
    *(timedelta(0), timedelta(minutes=4), timedelta(minutes=16), timedelta(hours=1), timedelta(hours=4)),
    *(timedelta(minutes=59, seconds=59), timedelta(hours=23), timedelta(hours=24), timedelta(days=3), timedelta(days=8)),
    timedelta(days=100),
)
DUE = (
    *(None, None, timedelta(0), timedelta(microseconds=1), timedelta(minutes=30), timedelta(hours=1)),
    *(timedelta(hours=1, microseconds=1), timedelta(days=3), timedelta(days=-2), timedelta(microseconds=-1)),
)
TARGETS = ("order-service", "shop", "stranger", "unregistered")
_BEHIND_TASKS = ("inbox_assignment", "inbox_decision")
_COPIED = ("intents_intent", "intents_intentbody", "intents_delivery", "intents_wait", "inbox_task", *_BEHIND_TASKS)
_OWN_IDS = {"id", "wait_id", "task_id", "subject_id", "parent_id"}
_COLUMNS = """
SELECT attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""


def stations(shop: KeyCaller, worker: KeyCaller, bob: PersonCaller) -> list[UUID]:
    """An intent of each kind that there is, by the ways that lead there."""
    made: list[str] = [shop.submit(), shop.submit()]

    def work(verb: str, body: object, **fields: object) -> None:
        made.append(shop.submit(**fields))
        worker.post(f"/intents/{made[-1]}/{verb}", body).ok()

    for risk in RISKS:
        made.append(ask(shop, title="Pay?", risk=risk).intent_id)
    made.append(ask(shop, title="Sign?", risk="high", assignees=["nobody@myorg.example"]).intent_id)
    made.append(ask_midway(shop, worker, title="Soon?", deadline_seconds=60).intent_id)
    claimed, held = ask(shop, title="Mine", risk="low"), ask(shop, title="Held", risk="medium")
    claimed.post(bob, "claim").ok()
    held.decide_on_page(bob)
    made += [claimed.intent_id, held.intent_id]
    for outcome in ("approved", "rejected"):
        made.append((one := ask(shop, title="Pay?", risk="low")).intent_id)
        one.decide(bob, outcome, comment="So.").ok()
    work("wait", {"for": "tool", "tool": "t", "external_id": "1"})
    work("wait", {"for": "time", "delay_seconds": 3600})
    child = {"intent_type": "a.b.v1", "to_agent": "stranger", "payload": {}}
    work("wait", {"for": "agent", "intents": [child], "until": "all"})
    failure = {"error": {"code": "x"}}
    work("fail", failure | {"retryable": False})
    work("fail", failure | {"retryable": True})
    work("fail", failure | {"retryable": True}, max_delivery_attempts=1)
    work("resume", {})
    work("resolve", {"status": "CANCELED", "reason": "no"})
    for number in range(3):
        there = {"callback_url": f"https://example.com/{number}", "event_types": ["agent.*"]}
        shop.post("/webhooks/subscriptions", there).ok()
    return [UUID(one) for one in made]


@dataclass
class Mixer:
    """Makes mixes of copies of `originals`, as of `moment`."""

    originals: Sequence[UUID]
    moment: datetime

    def __post_init__(self) -> None:
        columns = {table: statements.rows(_COLUMNS, [table]) for table in _COPIED}
        self._copy = ";\n".join(_copying(table, found) for table, found in columns.items())

    @contextmanager
    def mixed(self, chance: random.Random) -> Iterator[None]:
        """Inside the block more is there, and the agents are otherwise; afterwards all is as it was."""
        few = chance.sample(self.originals, chance.randint(1, len(self.originals)))
        rows = [(uuid4(), chance.choice(few), *_chosen(chance)) for _ in range(chance.randint(1, MOST))]
        parts = dict(zip(_PARTS, map(list, zip(*rows, strict=True)), strict=True))
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"{_MIX};\n{self._copy};\n{_AGENTS}", parts | {"moment": self.moment, "seed": chance.random()})
            yield
            transaction.set_rollback(True)


def _chosen(chance: random.Random) -> tuple[object, ...]:
    return (
        chance.choice(AGES),
        chance.choice(DUE),
        chance.choice(TARGETS),
        chance.choice((0, 0, 1, 2, 5)),
        chance.choice((0, 0, 0, 1, 3)),
        chance.random() < 0.3,
    )


_PARTS = ("ids", "originals", "ages", "dues", "targets", "attempts", "retries", "timed_out")
_MIX = """
SET LOCAL session_replication_role = replica;
CREATE TEMPORARY TABLE mix ON COMMIT DROP AS
SELECT * FROM unnest(%(ids)s::uuid[], %(originals)s::uuid[], %(ages)s::interval[], %(dues)s::interval[], %(targets)s::text[],
    %(attempts)s::int[], %(retries)s::int[], %(timed_out)s::bool[])
    AS m (id, original, age, due, target, attempts, retries, timed_out)
"""
# An agent is suspended now and then, and has called lately or long ago; some deliveries are posted, some anew; some
# endpoints fail, some are disabled.
_AGENTS = """
SELECT setseed(%(seed)s);
UPDATE intents_agent SET status = CASE WHEN random() < 0.2 THEN 'suspended' ELSE status END;
UPDATE intents_agentkey SET last_used_at = %(moment)s::timestamptz - random() * interval '10 minutes';
INSERT INTO intents_push (id, state, due_at, attempt, created_at, delivery_id, lease_token, agent_id, body)
SELECT gen_random_uuid(), CASE WHEN random() < 0.5 THEN 'ready' ELSE 'leased' END, %(moment)s, (random() * 3)::int,
    %(moment)s, d.id, gen_random_uuid(), (SELECT id FROM intents_agent ORDER BY id LIMIT 1), '{}'
FROM mix m JOIN intents_delivery d ON d.intent_id = m.id WHERE random() < 0.5;
UPDATE intents_subscription SET active = false, disabled_at = %(moment)s, disabled_reason = 'person' WHERE random() < 0.2;
INSERT INTO intents_endpointhealth (id, workspace_id, failing_since, marked_at, told, faults)
SELECT id, workspace_id, %(moment)s, %(moment)s, 0, 0 FROM intents_subscription WHERE random() < 0.5;
UPDATE intents_member SET suspended_at = now() WHERE role = 'approver' AND random() < 0.3;
SET LOCAL session_replication_role = origin
"""


def _copying(table: str, columns: Sequence[tuple[str, str]]) -> str:
    """A statement that copies a table's rows of the originals, each as its mix has it."""
    names = [name for name, _kind in columns]
    whose = "t.id = m.original" if table == "intents_intent" else "t.intent_id = m.original"
    if table in _BEHIND_TASKS:
        whose = "t.task_id IN (SELECT id FROM inbox_task WHERE intent_id = m.original)"
    values = ", ".join(_value(table, name, kind) for name, kind in columns)
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM mix m JOIN {table} t ON {whose}"


_SPECIAL = {
    ("intents_intent", "id"): "m.id",
    ("intents_intent", "status"): "CASE WHEN t.status = 'CANCELED' AND m.timed_out THEN 'TIMED_OUT' ELSE t.status END",
    ("intents_intent", "retry_count"): "m.retries",
    ("intents_intent", "mailbox"): "m.target",
    ("intents_wait", "external_id"): "t.external_id || m.id",
    ("intents_delivery", "target"): "m.target",
    ("intents_delivery", "attempt"): "m.attempts",
    ("intents_delivery", "state"): (
        "CASE WHEN t.state = 'ready' AND m.attempts %% 2 = 1 THEN 'leased'"
        " WHEN t.state NOT IN ('ready', 'leased') AND m.timed_out THEN 'dead' ELSE t.state END"
    ),
}
_DEADLINES = {"deadline_at", "due_at"}


def _value(table: str, name: str, kind: str) -> str:
    """SQL of a copy's value of a column."""
    if (table, name) in _SPECIAL:
        return _SPECIAL[table, name]
    if name == "intent_id":
        return "m.id"
    if name in _OWN_IDS:
        return f"md5(m.id::text || t.{name}::text)::uuid"
    if name in _DEADLINES:
        return "%(moment)s::timestamptz + m.due"
    # Exactly then, so that ages stand on both sides of a limit and on it; what has no time gets none.
    return f"%(moment)s::timestamptz - m.age + (t.{name} - t.{name})" if kind == "timestamp with time zone" else f"t.{name}"
