"""Inbox threads: who else sees one, what is hidden from a view, and the transaction that changed an intent last."""

import django.db.models.deletion
import django.db.models.functions.comparison
from django.db import migrations, models

import intents.models.base

FOREIGN_KEYS = """
ALTER TABLE intents_{table} ADD CONSTRAINT {table}_same_workspace
FOREIGN KEY (workspace_id, intent_id) REFERENCES intents_intent (workspace_id, id) ON DELETE CASCADE
"""

NO_FOREIGN_KEYS = "ALTER TABLE intents_{table} DROP CONSTRAINT {table}_same_workspace"


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0003_waits_and_signals"),
    ]

    operations = [
        migrations.CreateModel(
            name="HiddenEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(default=intents.models.base.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("event_id", models.UUIDField()),
                ("name", models.CharField(max_length=241, null=True)),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ThreadViewer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=intents.models.base.new_id, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=241)),
                ("handles", models.BooleanField()),
                ("created_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="intent",
            name="changed_in",
            field=models.BigIntegerField(
                db_default=django.db.models.functions.comparison.Cast(
                    django.db.models.functions.comparison.Cast(
                        models.Func(function="pg_current_xact_id"), models.TextField()
                    ),
                    models.BigIntegerField(),
                )
            ),
        ),
        migrations.AddIndex(
            model_name="intent",
            index=models.Index(fields=["workspace", "mailbox", "changed_in", "id"], name="intent_thread_changes"),
        ),
        migrations.AddIndex(
            model_name="intent",
            index=models.Index(
                condition=models.Q(
                    ("reply_mailbox__isnull", False), ("status__in", ["CANCELED", "COMPLETED", "FAILED", "TIMED_OUT"])
                ),
                fields=["workspace", "reply_mailbox", "changed_in", "id"],
                name="intent_completion_changes",
            ),
        ),
        migrations.AddField(
            model_name="hiddenentry",
            name="intent",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="hidden",
                to="intents.intent",
            ),
        ),
        migrations.AddField(
            model_name="hiddenentry",
            name="workspace",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
            ),
        ),
        migrations.AddField(
            model_name="threadviewer",
            name="intent",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="viewers",
                to="intents.intent",
            ),
        ),
        migrations.AddField(
            model_name="threadviewer",
            name="workspace",
            field=models.ForeignKey(
                db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
            ),
        ),
        migrations.AddConstraint(
            model_name="hiddenentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("name__isnull", False)), fields=("event_id", "name"), name="hidden_entry_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="hiddenentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("name__isnull", True)), fields=("event_id",), name="hidden_from_all_once"
            ),
        ),
        migrations.AddIndex(
            model_name="hiddenentry",
            index=models.Index(fields=["intent"], name="hidden_of_intent"),
        ),
        migrations.AddIndex(
            model_name="threadviewer",
            index=models.Index(fields=["intent"], name="thread_viewers"),
        ),
        migrations.AddConstraint(
            model_name="threadviewer",
            constraint=models.UniqueConstraint(fields=("workspace", "name", "intent"), name="thread_viewer_once"),
        ),
        *(
            migrations.RunSQL(FOREIGN_KEYS.format(table=table), NO_FOREIGN_KEYS.format(table=table))
            for table in ("threadviewer", "hiddenentry")
        ),
    ]
