"""What must hold of the stored rows at every commit, asked of the database itself.

Each rule is one statement that finds the rows breaking it. Tests ask after every test, the auditor in production. The chain
is checked twice by different code: here by the database's own function, in `chains` by the one that writes.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction

from intents.engine.lifecycle import EVENT_OF, MOVES, TERMINAL
from intents.kernel import statements

MOST = 1000
"""Findings of one rule that are named; a rule so broken is broken enough."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that an intent breaks. `intent_id` is None where a row of something else breaks it."""

    rule: str
    intent_id: UUID | None

    def __str__(self) -> str:
        return f"{self.rule}: {self.intent_id or 'not of an intent'}"


def _texts(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


_TERMINAL = _texts(TERMINAL)
_ENDS = _texts(EVENT_OF[status] for status in TERMINAL)
_MOVES = ", ".join(f"('{current}', '{target}')" for current, targets in MOVES.items() for target in sorted(targets))

_ONE_WORKSPACE = (
    "SELECT i.id FROM intents_intent i JOIN intents_{table} row ON row.intent_id = i.id"
    " WHERE row.workspace_id <> i.workspace_id"
)

NEWEST = 5000
"""So many rows of an outbox that no intent has are looked at, the newest."""


def outbox_rule(table: str, wiped: str | None = None) -> str:
    """The rule of an outbox: a row is scheduled, or over, and then what is `wiped` is gone."""
    gone = f" OR (state IN ('ready', 'leased')) <> ({wiped} IS NOT NULL)" if wiped else ""
    return f"""
        SELECT NULL::uuid FROM (SELECT * FROM {table} ORDER BY id DESC LIMIT {NEWEST}) newest
        WHERE (state IN ('ready', 'leased')) <> (ended_at IS NULL){gone}
    """


RULES: dict[str, str] = {
    "an intent's status, reason, seq and hash are those of its last event": """
        SELECT i.id FROM intents_intent i
        LEFT JOIN intents_intentevent e ON e.intent_id = i.id AND e.seq = i.seq
        WHERE e.id IS NULL OR e.status <> i.status OR e.waiting_reason IS DISTINCT FROM i.waiting_reason
           OR e.hash <> i.last_hash OR e.at <> i.updated_at
    """,
    "an intent's events are numbered from 1 without gaps": """
        SELECT i.id FROM intents_intent i
        LEFT JOIN intents_intentevent e ON e.intent_id = i.id
        GROUP BY i.id, i.seq HAVING count(e.seq) <> i.seq OR min(e.seq) <> 1 OR max(e.seq) <> i.seq
    """,
    "an intent begins as CREATED": """
        SELECT intent_id FROM intents_intentevent
        WHERE (seq = 1) <> (event_type = 'intent.created') OR (seq = 1) <> (status = 'CREATED')
    """,
    "every move is in the table of moves": f"""
        SELECT intent_id FROM (
            SELECT intent_id, status, lag(status) OVER (PARTITION BY intent_id ORDER BY seq) AS before
            FROM intents_intentevent
        ) step
        WHERE before IS NOT NULL AND before <> status AND (before, status) NOT IN (VALUES {_MOVES})
    """,
    "nothing follows a terminal event": f"""
        SELECT e.intent_id FROM intents_intentevent e JOIN intents_intent i ON i.id = e.intent_id
        WHERE e.status IN ({_TERMINAL}) AND e.seq < i.seq
    """,
    "a terminal status is reached by its own event": f"""
        SELECT intent_id FROM intents_intentevent
        WHERE (status IN ({_TERMINAL})) <> (event_type IN ({_ENDS}))
    """,
    "events are in the order of time": """
        SELECT intent_id FROM (
            SELECT intent_id, at, lag(at) OVER (PARTITION BY intent_id ORDER BY seq) AS before FROM intents_intentevent
        ) step WHERE before > at
    """,
    "every event's hash covers it and the one before": """
        SELECT intent_id FROM (
            SELECT *, lag(hash) OVER (PARTITION BY intent_id ORDER BY seq) AS before FROM intents_intentevent
        ) e
        WHERE prev_hash <> coalesce(before, decode(repeat('00', 32), 'hex'))
           OR (
                hash <> intents_event_hash(
                    prev_hash, intent_id, seq, event_type, status, waiting_reason, handler, actor, at, digest)
                OR (details IS NOT NULL AND digest <> sha256(coalesce(salt, '') || convert_to(details, 'UTF8')))
           ) AND NOT EXISTS (SELECT FROM intents_redaction r WHERE r.event_id = e.id)
    """,
    "what an intent carried is there, unless it was erased": """
        SELECT e.intent_id FROM intents_intentevent e
        WHERE e.details IS NULL AND NOT EXISTS (SELECT FROM intents_erasure x WHERE x.intent_id = e.intent_id)
        UNION ALL
        SELECT b.intent_id FROM intents_intentbody b
        WHERE b.salt = '' AND NOT EXISTS (SELECT FROM intents_erasure x WHERE x.intent_id = b.intent_id)
    """,
    "what was erased is over": f"""
        SELECT i.id FROM intents_intent i JOIN intents_erasure x ON x.intent_id = i.id
        WHERE i.status NOT IN ({_TERMINAL}) OR x.removed_at IS NOT NULL
    """,
    "a WAITING intent has one open wait, for the same reason": """
        SELECT i.id FROM intents_intent i
        LEFT JOIN intents_wait w ON w.intent_id = i.id AND w.state = 'open'
        WHERE i.status = 'WAITING'
        GROUP BY i.id, i.waiting_reason HAVING count(w.id) <> 1 OR min(w.reason) <> i.waiting_reason
    """,
    "an open wait belongs to a WAITING intent": """
        SELECT i.id FROM intents_wait w JOIN intents_intent i ON i.id = w.intent_id
        WHERE w.state = 'open' AND i.status <> 'WAITING'
    """,
    "an armed timer belongs to a live intent": f"""
        SELECT t.intent_id FROM intents_timer t LEFT JOIN intents_intent i ON i.id = t.intent_id
        WHERE i.id IS NULL OR i.status IN ({_TERMINAL})
    """,
    "a wait's timer belongs to its open wait": """
        SELECT t.intent_id FROM intents_timer t LEFT JOIN intents_wait w ON w.id = t.subject_id AND w.state = 'open'
        WHERE t.kind = 'wait' AND (w.id IS NULL OR w.intent_id <> t.intent_id OR w.deadline_at IS DISTINCT FROM t.due_at)
    """,
    "an open wait with a deadline has its timer": """
        SELECT w.intent_id FROM intents_wait w LEFT JOIN intents_timer t ON t.subject_id = w.id AND t.kind = 'wait'
        WHERE w.state = 'open' AND w.deadline_at IS NOT NULL
        GROUP BY w.id, w.intent_id HAVING count(t.id) <> 1
    """,
    "a live intent with a deadline has its timer": f"""
        SELECT i.id FROM intents_intent i LEFT JOIN intents_timer t ON t.intent_id = i.id AND t.kind = 'deadline'
        WHERE i.status NOT IN ({_TERMINAL}) AND i.deadline_at IS NOT NULL
        GROUP BY i.id, i.deadline_at HAVING count(t.id) <> 1 OR min(t.due_at) <> i.deadline_at
    """,
    "an intent that is over or WAITING is in nobody's hands": f"""
        SELECT i.id FROM intents_delivery d JOIN intents_intent i ON i.id = d.intent_id
        WHERE d.hands_out AND d.state IN ('ready', 'leased') AND i.status IN ({_TERMINAL}, 'WAITING')
    """,
    "an intent that is to be worked on is pending with one agent": f"""
        SELECT i.id FROM intents_intent i LEFT JOIN intents_delivery d
            ON d.intent_id = i.id AND d.hands_out AND d.state IN ('ready', 'leased')
        WHERE i.status NOT IN ({_TERMINAL}, 'WAITING') GROUP BY i.id HAVING count(d.id) <> 1
    """,
    "a leased delivery says to whom and until when, and no other does": """
        SELECT intent_id FROM intents_delivery
        WHERE (state = 'leased') <> (lease_token IS NOT NULL) OR (state = 'leased') <> (lease_expires_at IS NOT NULL)
           OR (state IN ('done', 'dead')) <> (ended_at IS NOT NULL)
    """,
    "an intent and what belongs to it are of one workspace": " UNION ".join(
        [
            *(
                _ONE_WORKSPACE.format(table=table)
                for table in (
                    *("intentbody", "intentevent", "wait", "delivery", "timer"),
                    *("callback", "refusedcall", "storedstep", "intentmedia", "hiddenentry", "threadviewer"),
                )
            ),
            "SELECT i.id FROM intents_intent i JOIN every_intent p ON p.id = i.parent_id"
            " WHERE p.workspace_id <> i.workspace_id",
        ]
    ),
    "a key and its agent are of one workspace": """
        SELECT NULL::uuid FROM intents_agentkey k JOIN intents_agent a ON a.id = k.agent_id
        WHERE k.workspace_id <> a.workspace_id
    """,
    "a member and their group are of one workspace": """
        SELECT NULL::uuid FROM intents_groupmember row
        JOIN intents_group g ON g.id = row.group_id JOIN intents_member m ON m.id = row.member_id
        WHERE g.workspace_id <> row.workspace_id OR m.workspace_id <> row.workspace_id
    """,
    "a push is scheduled, or over and wiped": """
        SELECT d.intent_id FROM intents_push p JOIN intents_delivery d ON d.id = p.delivery_id
        WHERE (p.state IN ('ready', 'leased')) <> (p.ended_at IS NULL)
           OR (p.state IN ('ready', 'leased')) <> (p.body IS NOT NULL)
    """,
    "an email is scheduled, or over and wiped": outbox_rule("intents_letter", "sealed"),
    "an event to an endpoint is scheduled, or over": outbox_rule("intents_webhookmessage"),
    "a change told to a client is scheduled, or over": outbox_rule("intents_tasknotification"),
}
"""A name for each rule, and the statement that finds the intents that break it; NULL for rows of no intent. Inbox adds its
own. Tables in TABLES are named without aliases of schemas, so that a rule can be asked of some intents alone."""


@dataclass(frozen=True, slots=True)
class Eventual:
    """A rule that may be broken for some `seconds`, until a job has mended it."""

    query: str
    seconds: int


EVENTUAL: dict[str, Eventual] = {}
"""Rules that only the auditor asks, which sees whether they stay broken."""

_BY_INTENT = "SELECT * FROM {table} WHERE intent_id {asked}"
TABLES: dict[str, str] = {
    "intents_intent": "SELECT * FROM intents_intent WHERE id {asked}",
    **{
        f"intents_{table}": _BY_INTENT.format(table=f"intents_{table}", asked="{asked}")
        for table in (
            *("intentbody", "intentevent", "wait", "delivery", "timer"),
            *("callback", "refusedcall", "storedstep", "intentmedia", "hiddenentry", "threadviewer"),
        )
    },
    "intents_push": "SELECT p.* FROM intents_push p JOIN intents_delivery d ON d.id = p.delivery_id",
}
"""What belongs to some intents: for each table its rows, by an index. `asked` compares with the ids; after the first lines
the tables before are already those of the intents alone."""

EVERY = "WITH every_intent AS NOT MATERIALIZED (SELECT * FROM intents_intent)"
"""Before each rule: the one table that rules read beyond the intents they are asked of."""


def findings() -> list[Finding]:
    """Every rule broken, by every intent that breaks it (MOST a rule). Empty when all is well."""
    return [
        Finding(rule, row[0])
        for rule, query in RULES.items()
        for row in statements.rows(f"{EVERY} SELECT DISTINCT * FROM ({query}) broken(id) LIMIT {MOST}", ())
    ]


@contextmanager
def snapshot() -> Iterator[None]:
    """One moment of the database for all rules, while requests go on. Raises TransactionManagementError inside of one."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
