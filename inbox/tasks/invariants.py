"""What must hold of tasks at every commit, for the domain's audit of itself."""

from collections.abc import Iterable

from inbox.tasks.permissions import DELEGATE, DIRECT, ESCALATION, OVERRIDE
from inbox.tasks.selectors.deciding import UNALERTED
from inbox.tasks.services.decide import Channel
from inbox.vocabulary.lifecycle import LIVE
from intents.engine.invariants import Eventual, outbox_rule

AUTHORITIES = (DIRECT, ESCALATION, DELEGATE, OVERRIDE)
ALERTED_SECONDS = 150
"""Owners are alerted every minute; a worker may be late."""


def _texts(values: Iterable[str]) -> str:
    return ", ".join(f"'{value}'" for value in sorted(values))


RULES: dict[str, str] = {
    "a task is live as long as its intent waits for people": f"""
        SELECT coalesce(t.intent_id, w.intent_id)
        FROM (SELECT * FROM inbox_task WHERE state IN ({_texts(LIVE)})) t
        FULL JOIN (SELECT * FROM intents_wait WHERE state = 'open' AND reason = 'WAITING_FOR_HUMAN') w ON w.id = t.wait_id
        WHERE t.id IS NULL OR w.id IS NULL OR t.intent_id <> w.intent_id
    """,
    "a task is decided by one decision, which says the same": """
        SELECT t.intent_id FROM inbox_task t
        LEFT JOIN inbox_decision d ON d.task_id = t.id AND d.revision = t.revision AND d.void_at IS NULL AND d.final
        WHERE (t.state IN ('decided', 'held')) <> (d.id IS NOT NULL)
           OR (d.outcome, d.person_id, d.at, d.digest) IS DISTINCT FROM (t.outcome, t.decided_by_id, t.decided_at,
                CASE WHEN d.id IS NULL THEN d.digest ELSE t.digest END)
    """,
    "nobody decides who stands behind the agent that asks, where duties are separate": """
        SELECT t.intent_id FROM inbox_task t JOIN inbox_decision d ON d.task_id = t.id
        WHERE d.person_id = ANY(t.excluded)
    """,
    "a task is in people's lists, at its place, while anybody of them can decide it": f"""
        SELECT t.intent_id FROM inbox_task t JOIN inbox_assignment a ON a.task_id = t.id
        WHERE a.live <> (t.state = 'open')
           OR t.state IN ({_texts(LIVE)}) AND (a.due_order, a.risk_order) <> (t.due_order, t.risk_order)
    """,
    "a task is due when its wait or its intent ends": f"""
        SELECT t.intent_id FROM inbox_task t
        JOIN intents_wait w ON w.id = t.wait_id JOIN intents_intent i ON i.id = t.intent_id
        WHERE t.state IN ({_texts(LIVE)}) AND t.due_at IS DISTINCT FROM least(w.deadline_at, i.deadline_at)
    """,
    "a held decision has the timer by which it takes effect, and no other has": """
        SELECT coalesce(t.intent_id, r.intent_id) FROM (SELECT * FROM inbox_task WHERE state = 'held') t
        FULL JOIN (SELECT * FROM intents_timer WHERE kind = 'release') r ON r.subject_id = t.id
        WHERE t.id IS NULL OR r.id IS NULL OR r.intent_id <> t.intent_id OR r.due_at <> t.held_until
    """,
    "a step of a plan is armed for the task that is to take it, and for no other": """
        SELECT r.intent_id FROM intents_timer r
        LEFT JOIN inbox_task t ON t.id = r.subject_id AND t.intent_id = r.intent_id AND t.state IN ('open', 'claimed')
        WHERE r.kind IN ('remind', 'escalate') AND r.due_at IS DISTINCT FROM (CASE r.kind
            WHEN 'remind' THEN t.plan::jsonb -> 'reminders' ->> t.reminded::int
            ELSE t.plan::jsonb -> 'levels' -> t.level::int ->> 'at' END)::timestamptz
    """,
    "what is next in the plan of an undecided task is armed once": """
        SELECT t.intent_id FROM inbox_task t, LATERAL (VALUES
            ('remind', t.plan::jsonb -> 'reminders' ->> t.reminded::int),
            ('escalate', t.plan::jsonb -> 'levels' -> t.level::int ->> 'at')
        ) step(kind, at)
        WHERE t.state IN ('open', 'claimed') AND t.plan IS NOT NULL AND step.at IS NOT NULL
          AND (t.due_at IS NULL OR (step.at::timestamptz < t.due_at AND t.due_at > clock_timestamp()))
          AND (SELECT count(*) FROM intents_timer r WHERE r.subject_id = t.id AND r.kind = step.kind) <> 1
    """,
    "a delegate decides for somebody who was asked or delegated it": """
        SELECT t.intent_id FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id
        WHERE d.authority = 'delegate'
          AND (t.ballot IS NULL OR (d.void_at IS NULL AND d.stage = (t.ballot::jsonb ->> 'stage')::int))
          AND NOT EXISTS (
            SELECT FROM inbox_assignment a WHERE a.task_id = t.id AND (
                a.authority = 'delegate' AND a.by_id <> d.person_id AND NOT a.by_id = ANY(t.excluded)
                -- A stand-in of somebody who was asked by name.
                OR a.authority <> 'delegate' AND d.delegated_by_id <> d.person_id
                AND (a.principal = 'user:' || d.delegated_by_id OR split_part(a.principal, ':', 1) = 'email')
                AND NOT d.delegated_by_id = ANY(t.excluded)
            )
        )
    """,
    "who decided in the place of others said why": """
        SELECT t.intent_id FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id
        WHERE d.authority = 'override' AND d.comment IS NULL
    """,
    "what belongs to a task belongs to its workspace": """
        SELECT t.intent_id FROM inbox_task t JOIN inbox_assignment a ON a.task_id = t.id
        WHERE a.workspace_id <> t.workspace_id
        UNION ALL
        SELECT t.intent_id FROM inbox_task t JOIN inbox_decision d ON d.task_id = t.id
        WHERE d.workspace_id <> t.workspace_id
        UNION ALL
        SELECT t.intent_id FROM inbox_task t JOIN intents_intent i ON i.id = t.intent_id
        WHERE t.workspace_id <> i.workspace_id
    """,
    "a decision says on what it was made, by whom, by what right and where": f"""
        SELECT t.intent_id FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id
        WHERE d.revision NOT BETWEEN 1 AND t.revision OR octet_length(d.digest) <> 32
           OR d.authority NOT IN ({_texts(AUTHORITIES)}) OR d.channel NOT IN ({_texts(frozenset(Channel))})
           OR (d.authority = 'delegate') <> (d.delegated_by_id IS NOT NULL)
           OR NOT EXISTS (SELECT FROM intents_user u WHERE u.id = d.person_id)
    """,
    "nobody counts twice in what is decided of a task": """
        SELECT t.intent_id FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id
        WHERE d.void_at IS NULL GROUP BY t.intent_id, t.id, d.revision, d.stage, d.person_id HAVING count(*) > 1
        UNION ALL
        SELECT t.intent_id FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id
        WHERE d.void_at IS NULL AND d.counts_for IS NOT NULL
        GROUP BY t.intent_id, t.id, d.revision, d.stage, d.counts_for HAVING count(*) > 1
    """,
    "votes are counted as they are on record: distinct people, each once": """
        SELECT t.intent_id FROM inbox_task t LEFT JOIN LATERAL (
            SELECT jsonb_object_agg(d.counts_for, jsonb_build_array(d.person_id, d.outcome)) AS cast
            FROM inbox_decision d WHERE d.task_id = t.id AND d.void_at IS NULL AND d.counts_for IS NOT NULL
              AND d.revision = t.revision AND d.stage = (t.ballot::jsonb ->> 'stage')::int
        ) record ON true
        WHERE t.ballot IS NOT NULL AND (t.ballot::jsonb ->> 'revision')::int = t.revision
          AND coalesce(record.cast, '{}') IS DISTINCT FROM (
            SELECT coalesce(jsonb_object_agg(v ->> 'for', jsonb_build_array(v -> 'by', v -> 'outcome')), '{}')
            FROM jsonb_array_elements(t.ballot::jsonb -> 'votes') v
        )
        UNION ALL
        SELECT intent_id FROM inbox_task WHERE ballot IS NULL AND voted <> '{}'
    """,
    "what several decide was agreed to by as many as it takes": """
        SELECT t.intent_id FROM inbox_task t
        JOIN inbox_decision d ON d.task_id = t.id AND d.revision = t.revision AND d.void_at IS NULL AND d.final
        WHERE t.ballot IS NOT NULL AND d.authority <> 'override' AND (d.counts_for IS NULL OR NOT EXISTS (
            SELECT FROM jsonb_array_elements(t.ballot::jsonb -> 'votes') v
            WHERE v ->> 'for' = d.counts_for::text AND (v -> 'against')::bool
        ) AND (t.ballot::jsonb ->> 'approve')::int > (
            SELECT count(DISTINCT v.counts_for) FROM inbox_decision v
            WHERE v.task_id = t.id AND v.revision = t.revision AND v.void_at IS NULL AND v.stage = d.stage
              AND v.outcome = d.outcome
        ))
    """,
    "a badge counts what its list shows": """
        SELECT t.intent_id FROM inbox_task t JOIN inbox_assignment a ON a.task_id = t.id
        WHERE a.live AND (a.workspace_id <> t.workspace_id OR t.claimed_by_id IS NOT NULL)
        UNION ALL
        SELECT t.intent_id FROM inbox_task t JOIN inbox_snooze s ON s.task_id = t.id WHERE s.workspace_id <> t.workspace_id
        UNION ALL
        SELECT t.intent_id FROM inbox_task t JOIN inbox_taskwatcher w ON w.task_id = t.id
        WHERE w.workspace_id <> t.workspace_id
        UNION ALL
        SELECT t.intent_id FROM inbox_task t JOIN inbox_notification n ON n.task_id = t.id
        WHERE n.workspace_id <> t.workspace_id
    """,
    "a message is scheduled, or over": outbox_rule("inbox_message"),
}
"""A name for each rule, and the statement that finds the intents whose tasks break it."""

EVENTUAL: dict[str, Eventual] = {
    "who waits for people waits for one who may decide, or the owners are alerted": Eventual(UNALERTED, ALERTED_SECONDS),
}

_BY_TASK = "SELECT row.* FROM {table} row JOIN inbox_task t ON t.id = row.task_id"
TABLES: dict[str, str] = {
    "inbox_task": "SELECT * FROM inbox_task WHERE intent_id {asked}",
    # Each half has an index of its own.
    "inbox_decision": " UNION ALL ".join(
        f"{_BY_TASK.format(table='inbox_decision')} WHERE row.void_at IS {null} NULL" for null in ("", "NOT")
    ),
    **{
        f"inbox_{table}": _BY_TASK.format(table=f"inbox_{table}")
        for table in ("assignment", "snooze", "taskwatcher", "notification")
    },
}
"""As of the engine's invariants: what belongs to the tasks of some intents."""
