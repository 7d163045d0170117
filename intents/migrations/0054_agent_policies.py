"""Policies of agents: limits, what was set aside of budgets, and breaches."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0053_languages"),
    ]

    operations = [
        migrations.CreateModel(
            name="AgentPolicy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=241)),
                ("max_intents_per_hour", models.PositiveIntegerField(null=True)),
                ("max_intents_per_day", models.PositiveIntegerField(null=True)),
                ("max_cost_per_day_usd", models.DecimalField(decimal_places=12, max_digits=24, null=True)),
                ("max_cost_per_intent_usd", models.DecimalField(decimal_places=12, max_digits=24, null=True)),
                (
                    "action_on_breach",
                    models.CharField(
                        choices=[("block", "Block"), ("alert", "Alert"), ("pause", "Pause"), ("kill", "Kill")],
                        max_length=8,
                        null=True,
                    ),
                ),
                (
                    "allowed_intent_types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255), null=True, size=None
                    ),
                ),
                (
                    "denied_intent_types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255), null=True, size=None
                    ),
                ),
                (
                    "allowed_tools",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), null=True, size=None
                    ),
                ),
                (
                    "denied_tools",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), null=True, size=None
                    ),
                ),
                ("updated_by", models.CharField(max_length=255)),
                ("updated_at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "name"), name="agent_policy_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("max_cost_per_day_usd__isnull", True), ("max_cost_per_day_usd__gte", 0), _connector="OR"
                        ),
                        name="agent_policy_costs",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MeshBreach",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=241)),
                ("limit", models.CharField(max_length=32)),
                ("period", models.CharField(max_length=32)),
                ("action", models.CharField(max_length=8)),
                ("details", models.TextField(default="{}")),
                ("at", models.DateTimeField()),
                ("task_intent_id", models.UUIDField(null=True)),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["workspace", "-id"], name="mesh_breach_newest"),
                    models.Index(
                        condition=models.Q(("lifted_at", None)), fields=["task_intent_id"], name="mesh_breach_asked"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "name", "limit", "period"), name="mesh_breach_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="MeshMeter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=241)),
                ("hour", models.DateTimeField()),
                ("hour_count", models.PositiveIntegerField(default=0)),
                ("day", models.DateTimeField()),
                ("day_count", models.PositiveIntegerField(default=0)),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("workspace", "name"), name="mesh_meter_once")],
            },
        ),
        migrations.CreateModel(
            name="MeshReservation",
            fields=[
                (
                    "intent",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="intents.intent",
                    ),
                ),
                ("name", models.CharField(max_length=241)),
                ("amount", models.DecimalField(decimal_places=12, max_digits=24)),
                ("told", models.DecimalField(db_default=0, decimal_places=12, default=0, max_digits=24)),
                ("budget", models.DecimalField(decimal_places=12, max_digits=24)),
                ("taken", models.DecimalField(decimal_places=12, max_digits=24)),
                ("at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "name"], name="mesh_reservation_of_agent")],
            },
        ),
    ]
