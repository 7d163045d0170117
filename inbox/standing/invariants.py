"""What must hold of standing grants at every commit, for the domain's audit of itself."""

RULES: dict[str, str] = {
    "what standing grants decide never exceeds their limits": """
        SELECT t.intent_id FROM (
            SELECT u.*, row_number() OVER day AS today, row_number() OVER ever AS number,
                   sum(u.amount) OVER (PARTITION BY u.grant_id, u.currency, u.day) AS spent_today,
                   sum(u.amount) OVER (PARTITION BY u.grant_id, u.currency) AS spent
            FROM inbox_grantuse u
            WINDOW day AS (PARTITION BY u.grant_id, u.day ORDER BY u.id), ever AS (PARTITION BY u.grant_id ORDER BY u.id)
        ) u JOIN inbox_standinggrant g ON g.id = u.grant_id LEFT JOIN inbox_task t ON t.id = u.task_id,
        LATERAL (SELECT g.limits::jsonb -> 'per_day' AS day, g.limits::jsonb -> 'total' AS total) l
        WHERE u.today > (l.day ->> 'count')::int OR u.number > (l.total ->> 'count')::int
           OR (l.day -> 'sums' <> '{}' AND coalesce(u.spent_today > (l.day -> 'sums' ->> u.currency)::numeric, true))
           OR (l.total -> 'sums' <> '{}' AND coalesce(u.spent > (l.total -> 'sums' ->> u.currency)::numeric, true))
    """,
    "each decision by a standing grant is a use of it, by its grantor, while it was in force": """
        SELECT t.intent_id FROM inbox_grantuse u JOIN inbox_standinggrant g ON g.id = u.grant_id
        JOIN inbox_task t ON t.id = u.task_id LEFT JOIN inbox_decision d ON d.id = u.decision_id
        WHERE u.at NOT BETWEEN g.created_at AND least(g.expires_at, g.ended_at)
           OR (d.standing_grant_id, d.person_id, d.channel, d.task_id)
               IS DISTINCT FROM (u.grant_id, g.grantor_id, 'grant', u.task_id)
           OR t.workspace_id <> g.workspace_id OR u.workspace_id <> g.workspace_id
        UNION ALL
        SELECT t.intent_id FROM inbox_decision d JOIN inbox_task t ON t.id = d.task_id
        LEFT JOIN inbox_grantuse u ON u.decision_id = d.id
        WHERE (d.channel = 'grant') <> (d.standing_grant_id IS NOT NULL) OR (d.channel = 'grant') <> (u.id IS NOT NULL)
    """,
}
"""As of `inbox.tasks.invariants`. A grant's uses are added up whichever intents are asked of: all of them count."""
