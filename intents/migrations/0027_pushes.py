"""Deliveries that are posted to the URLs of agents, and how the tries went."""

import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0026_user_email_verified"),
    ]

    operations = [
        migrations.AddField(
            model_name="agent",
            name="signing",
            field=models.BinaryField(null=True),
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("message_id", models.UUIDField()),
                ("number", models.PositiveSmallIntegerField()),
                ("ended_at", models.DateTimeField()),
                ("milliseconds", models.PositiveIntegerField(null=True)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("fault", models.CharField(max_length=16, null=True)),
                ("answer", models.TextField(null=True)),
                ("warning", models.TextField(null=True)),
                ("retry_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("message_id", "number"), name="attempt_once")],
            },
        ),
        migrations.CreateModel(
            name="Push",
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
                ("lease_token", models.UUIDField()),
                ("body", models.TextField(null=True)),
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
                    "delivery",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pushes",
                        to="intents.delivery",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["ready", "leased"])),
                        fields=["agent", "due_at"],
                        name="push_due_of_agent",
                    ),
                    models.Index(condition=models.Q(("state__in", ["ready", "leased"])), fields=["due_at"], name="push_due"),
                ],
            },
        ),
    ]
