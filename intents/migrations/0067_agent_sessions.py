"""Sessions of agents and their messages."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0066_command_lines"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgentSession",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=120)),
                ("project_id", models.CharField(blank=True, max_length=255)),
                (
                    "depends_on",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("metadata", models.JSONField(default=dict)),
                (
                    "status",
                    models.CharField(
                        choices=[("ACTIVE", "Active"), ("COMPLETED", "Completed")], default="ACTIVE", max_length=16
                    ),
                ),
                ("result", models.JSONField(null=True)),
                ("seq", models.PositiveIntegerField(default=0)),
                ("owner", models.CharField(blank=True, max_length=241)),
                ("created_by", models.CharField(max_length=383)),
                ("created_at", models.DateTimeField()),
                ("completed_at", models.DateTimeField(null=True)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="children",
                        to="intents.agentsession",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SessionMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                ("role", models.CharField(max_length=64)),
                ("content", models.JSONField()),
                ("content_type", models.CharField(max_length=120)),
                ("actor", models.CharField(max_length=383)),
                ("at", models.DateTimeField()),
                (
                    "session",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="intents.agentsession",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="agentsession",
            index=models.Index(fields=["workspace", "-id"], name="agent_session_newest"),
        ),
        migrations.AddConstraint(
            model_name="sessionmessage",
            constraint=models.UniqueConstraint(fields=("session", "seq"), name="session_message_once"),
        ),
    ]
