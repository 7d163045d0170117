"""Where clients of A2A want to be told of their tasks, and what is on its way there."""

import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0071_restored_marks"),
    ]

    operations = [
        migrations.CreateModel(
            name="PushConfig",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("intent_id", models.UUIDField()),
                ("credential_id", models.UUIDField()),
                ("speaks_as", models.CharField(max_length=241)),
                ("name", models.CharField(max_length=255)),
                ("dialect", models.CharField(max_length=3)),
                ("url", models.CharField(max_length=2048)),
                ("target_id", models.UUIDField()),
                ("sealed", models.BinaryField()),
                ("after_seq", models.PositiveIntegerField()),
                ("created_at", models.DateTimeField()),
                (
                    "agent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="intents.agent",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="intents.workspace",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TaskNotification",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "Ready"),
                            ("leased", "Leased"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("skipped", "Skipped"),
                        ],
                        default="ready",
                        max_length=8,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("answer", models.TextField(null=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("intent_id", models.UUIDField()),
                ("seq", models.PositiveIntegerField()),
                ("target_id", models.UUIDField()),
                (
                    "config",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="intents.pushconfig",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="pushconfig",
            constraint=models.UniqueConstraint(fields=("intent_id", "agent", "name"), name="push_config_once"),
        ),
        migrations.AddIndex(
            model_name="tasknotification",
            index=models.Index(
                condition=models.Q(("state__in", ["ready", "leased"])),
                fields=["target_id", "due_at"],
                name="task_told_due_there",
            ),
        ),
        migrations.AddIndex(
            model_name="tasknotification",
            index=models.Index(
                condition=models.Q(("state__in", ["ready", "leased"])), fields=["due_at"], name="task_told_due"
            ),
        ),
        migrations.AddIndex(
            model_name="tasknotification",
            index=models.Index(fields=["intent_id"], name="task_told_of_intent"),
        ),
        migrations.AddConstraint(
            model_name="tasknotification",
            constraint=models.UniqueConstraint(fields=("config", "seq"), name="task_told_once"),
        ),
    ]
