"""What must hold of tasks at every commit, for the domain's audit of itself."""

from inbox.lifecycle import DECIDABLE, LIVE


def _texts(values: frozenset[str]) -> str:
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
        LEFT JOIN inbox_decision d ON d.task_id = t.id AND d.revision = t.revision
        WHERE (t.state IN ('decided', 'held')) <> (d.id IS NOT NULL)
           OR (d.outcome, d.person_id, d.at, d.digest) IS DISTINCT FROM (t.outcome, t.decided_by_id, t.decided_at,
                CASE WHEN d.id IS NULL THEN d.digest ELSE t.digest END)
    """,
    "nobody decides who stands behind the agent that asks, where duties are separate": """
        SELECT t.intent_id FROM inbox_task t JOIN inbox_decision d ON d.task_id = t.id
        WHERE d.person_id = ANY(t.excluded)
    """,
    "a task is in people's lists while it can be decided": f"""
        SELECT t.intent_id FROM inbox_task t JOIN inbox_assignment a ON a.task_id = t.id
        WHERE a.live <> (t.state IN ({_texts(DECIDABLE)}))
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
}
"""A name for each rule, and the statement that finds the intents whose tasks break it."""
