"""What is counted of tasks, by the hour: decisions and expiries by risk, and decisions by person."""

from inbox.vocabulary.lifecycle import State
from intents.rollups.histogram import bucket_sql
from intents.rollups.sources import slot

DECIDED, EXPIRED, BY_PERSON = "decided", "expired", "by_person"
"""Measures: how long a decision took, by risk; ended without one, by risk; how long decisions took, by their person's id."""

# Each workspace by its own index of what is over.
SOURCE = f"""
WITH happened AS MATERIALIZED (
    SELECT t.workspace_id, {slot("t.over_at")} AS slot, t.state, t.risk, t.decided_by_id,
           {bucket_sql("extract(epoch FROM t.over_at - t.assigned_at)")} AS bucket
    FROM intents_workspace w CROSS JOIN LATERAL (
        SELECT * FROM inbox_task WHERE workspace_id = w.id AND over_at >= %(since)s AND over_at < %(until)s
          AND state IN ('{State.DECIDED}', '{State.HELD}', '{State.EXPIRED}')
    ) t
    WHERE %(workspace)s::uuid IS NULL OR w.id = %(workspace)s::uuid
)
SELECT workspace_id, slot, CASE state WHEN '{State.EXPIRED}' THEN '{EXPIRED}' ELSE '{DECIDED}' END, risk, bucket, count(*)
FROM happened GROUP BY 1, 2, 3, 4, 5
UNION ALL
SELECT workspace_id, slot, '{BY_PERSON}', decided_by_id::text, bucket, count(*)
FROM happened WHERE state <> '{State.EXPIRED}' GROUP BY 1, 2, 4, 5
"""
