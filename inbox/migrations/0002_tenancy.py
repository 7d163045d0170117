"""Foreign keys that cannot cross workspaces."""

from django.db import migrations

KEYS = (
    ("inbox_task", "intent_id", "intents_intent"),
    ("inbox_assignment", "task_id", "inbox_task"),
    ("inbox_decision", "task_id", "inbox_task"),
)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_initial"), ("intents", "0002_tenancy_and_chain")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ADD CONSTRAINT {table}_same_workspace "
            f"FOREIGN KEY (workspace_id, {column}) REFERENCES {target} (workspace_id, id) ON DELETE CASCADE;",
            f"ALTER TABLE {table} DROP CONSTRAINT {table}_same_workspace;",
        )
        for table, column, target in KEYS
    ]
