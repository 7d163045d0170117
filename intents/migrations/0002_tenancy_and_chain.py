"""What the ORM cannot say: foreign keys that cannot cross workspaces, the mailbox sequence, the event hash in SQL."""

from django.db import migrations

TABLES = ("intentbody", "intentevent", "wait", "delivery", "timer")

FOREIGN_KEYS = "\n".join(
    f"ALTER TABLE intents_{table} ADD CONSTRAINT {table}_same_workspace "
    "FOREIGN KEY (workspace_id, intent_id) REFERENCES intents_intent (workspace_id, id) ON DELETE CASCADE;"
    for table in TABLES
)

NO_FOREIGN_KEYS = "\n".join(f"ALTER TABLE intents_{table} DROP CONSTRAINT {table}_same_workspace;" for table in TABLES)

EVENT_HASH = """
CREATE FUNCTION intents_event_hash(
    prev_hash bytea, intent_id uuid, seq int, event_type text, status text, waiting_reason text, handler text, actor text,
    at timestamptz, digest bytea
) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(
        'axme.event.v1' || E'\\n' || encode(prev_hash, 'hex') || E'\\n' || intent_id || E'\\n' || seq || E'\\n' || event_type
        || E'\\n' || status || E'\\n' || coalesce(waiting_reason, '') || E'\\n' || coalesce(handler, '') || E'\\n' || actor
        || E'\\n' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || E'\\n' || encode(digest, 'hex'),
        'UTF8'))
$$
"""


class Migration(migrations.Migration):
    dependencies = [("intents", "0001_initial")]

    operations = [
        migrations.RunSQL(FOREIGN_KEYS, NO_FOREIGN_KEYS),
        migrations.RunSQL(
            "ALTER TABLE intents_agentkey ADD CONSTRAINT agentkey_same_workspace "
            "FOREIGN KEY (workspace_id, agent_id) REFERENCES intents_agent (workspace_id, id) ON DELETE CASCADE;",
            "ALTER TABLE intents_agentkey DROP CONSTRAINT agentkey_same_workspace;",
        ),
        migrations.RunSQL("CREATE SEQUENCE intents_mailbox_seq", "DROP SEQUENCE intents_mailbox_seq"),
        migrations.RunSQL(
            EVENT_HASH,
            "DROP FUNCTION intents_event_hash(bytea, uuid, int, text, text, text, text, text, timestamptz, bytea)",
        ),
    ]
