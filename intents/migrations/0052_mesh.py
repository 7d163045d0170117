"""Heartbeats of agents, what they count, and those that are stopped."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0051_completions_by_http"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgentStop",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=241)),
                (
                    "state",
                    models.CharField(
                        choices=[("paused", "Paused"), ("quarantined", "Quarantined"), ("killed", "Killed")], max_length=16
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=500)),
                ("by", models.CharField(max_length=255)),
                ("by_policy", models.BooleanField(db_default=False, default=False)),
                ("at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("workspace", "name"), name="agent_stop_once")],
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=241)),
                ("interval_seconds", models.FloatField()),
                ("declared", models.BooleanField(default=False)),
                ("count", models.PositiveBigIntegerField(default=1)),
                ("first_at", models.DateTimeField()),
                ("up_since", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("metrics", models.TextField(default="{}")),
                ("metadata", models.TextField(default="{}")),
                ("health", models.CharField(blank=True, db_default="", default="", max_length=16)),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("workspace", "name"), name="heartbeat_of_agent")],
            },
        ),
        migrations.CreateModel(
            name="HeartbeatReceipt",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=241)),
                ("digest", models.BinaryField(max_length=32)),
                ("at", models.DateTimeField()),
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
                "indexes": [models.Index(fields=["at"], name="heartbeat_receipt_at")],
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "name", "digest"), name="heartbeat_counted_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="MeshEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=241)),
                ("event_type", models.CharField(max_length=40)),
                ("details", models.TextField(default="{}")),
                ("actor", models.CharField(max_length=255)),
                ("at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["workspace", "-id"], name="mesh_event_newest"),
                    models.Index(fields=["workspace", "name", "-id"], name="mesh_event_of_agent"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MeshHour",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=241)),
                ("hour", models.DateTimeField()),
                ("intent_type", models.CharField(blank=True, max_length=255)),
                ("model", models.CharField(blank=True, max_length=120)),
                ("intents", models.PositiveBigIntegerField(default=0)),
                ("succeeded", models.PositiveBigIntegerField(default=0)),
                ("failed", models.PositiveBigIntegerField(default=0)),
                ("latency_ms", models.DecimalField(decimal_places=6, default=0, max_digits=24)),
                ("cost_usd", models.DecimalField(decimal_places=12, default=0, max_digits=24)),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "name", "hour"], name="mesh_hour_of_agent")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workspace", "hour", "name", "intent_type", "model"), name="mesh_hour_once"
                    )
                ],
            },
        ),
    ]
