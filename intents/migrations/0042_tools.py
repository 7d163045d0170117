"""Outside tools that sign what they send, what they signed that was used, and the calls that were refused."""

import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models

ID = models.UUIDField(default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False)

SAME_WORKSPACE = """
ALTER TABLE intents_refusedcall ADD CONSTRAINT refusedcall_same_workspace
FOREIGN KEY (workspace_id, intent_id) REFERENCES intents_intent (workspace_id, id) ON DELETE CASCADE
"""


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0041_endpoint_health"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tool",
            fields=[
                ("id", ID),
                ("name", models.CharField(max_length=120)),
                ("style", models.CharField(max_length=16)),
                ("header", models.CharField(default="", max_length=120)),
                ("timestamp_header", models.CharField(default="", max_length=120)),
                ("tolerance_seconds", models.PositiveIntegerField()),
                ("signing", models.BinaryField()),
                ("secret_set_at", models.DateTimeField()),
                ("old_secrets_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("created_by", models.CharField(max_length=383)),
                ("updated_at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("workspace", "name"), name="tool_name_once")],
            },
        ),
        migrations.CreateModel(
            name="UsedSignature",
            fields=[
                ("id", ID.clone()),
                ("fingerprint", models.BinaryField(max_length=64)),
                ("expires_at", models.DateTimeField()),
                (
                    "tool",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.tool"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="used_signature_expires")],
                "constraints": [models.UniqueConstraint(fields=("tool", "fingerprint"), name="signature_used_once")],
            },
        ),
        migrations.CreateModel(
            name="RefusedCall",
            fields=[
                ("id", ID.clone()),
                ("tool", models.CharField(max_length=120)),
                ("at", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                (
                    "intent",
                    models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to="intents.intent"),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="intents.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "tool", "id"], name="refused_call_of_tool")],
            },
        ),
        migrations.RunSQL(SAME_WORKSPACE, migrations.RunSQL.noop),
    ]
