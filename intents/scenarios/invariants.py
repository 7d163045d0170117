"""What must hold of runs at every commit."""

from intents.engine.lifecycle import TERMINAL

_TERMINAL = ", ".join(f"'{status}'" for status in sorted(TERMINAL))

RULES: dict[str, str] = {
    "a run that is not over waits at one step": f"""
        SELECT i.id FROM intents_scenariorun r JOIN intents_intent i ON i.id = r.intent_id
        LEFT JOIN intents_runstep s ON s.run_id = r.intent_id AND s.state IN ('retrying', 'running')
        WHERE i.status NOT IN ({_TERMINAL}) GROUP BY i.id, i.status HAVING i.status <> 'WAITING' OR count(s.id) <> 1
    """,
    "a run that completed is at no step": """
        SELECT i.id FROM intents_intent i JOIN intents_runstep s ON s.run_id = i.id AND s.state IN ('retrying', 'running')
        WHERE i.status = 'COMPLETED'
    """,
    "a step that is over says when, and how it ended": """
        SELECT run_id FROM intents_runstep
        WHERE (state IN ('retrying', 'running')) <> (ended_at IS NULL)
           OR (state IN ('succeeded', 'reused')) <> (result IS NOT NULL) OR (state = 'failed') <> (error IS NOT NULL)
    """,
    "the intent that does a step is a child of its run": """
        SELECT s.run_id FROM intents_runstep s JOIN intents_intent c ON c.id = s.child_id
        WHERE s.state <> 'reused' AND c.parent_id IS DISTINCT FROM s.run_id
    """,
    "a run, its steps and its version are of one workspace": """
        SELECT i.id FROM intents_intent i JOIN intents_scenariorun r ON r.intent_id = i.id
        JOIN intents_scenarioversion v ON v.id = r.version_id
        WHERE r.workspace_id <> i.workspace_id OR v.workspace_id <> i.workspace_id
        UNION SELECT r.intent_id FROM intents_scenariorun r JOIN intents_runstep s ON s.run_id = r.intent_id
        WHERE s.workspace_id <> r.workspace_id
    """,
}
TABLES: dict[str, str] = {
    "intents_scenariorun": "SELECT * FROM intents_scenariorun WHERE intent_id {asked}",
    "intents_runstep": "SELECT * FROM intents_runstep WHERE run_id {asked}",
}
