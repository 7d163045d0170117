"""Schemas of payloads; what a workspace may use, and what it has used."""

import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models

ID = ("id", models.UUIDField(default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False))
WORKSPACE = models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace")


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0061_scenario_drafts"),
    ]

    operations = [
        migrations.CreateModel(
            name="SemanticSchema",
            fields=[
                ID,
                ("base", models.CharField(max_length=255)),
                ("version", models.PositiveIntegerField()),
                ("semantic_type", models.CharField(max_length=255)),
                (
                    "mode",
                    models.CharField(
                        choices=[("strict", "Strict"), ("backward", "Backward"), ("warn", "Warn")], max_length=16
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                ("document", models.TextField()),
                ("digest", models.BinaryField(max_length=32)),
                ("schema_ref", models.CharField(blank=True, max_length=512)),
                ("owner_agent", models.CharField(blank=True, max_length=383)),
                ("updated_by", models.CharField(max_length=383)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("workspace", WORKSPACE),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "base", "version"), name="semantic_schema_once"),
                    models.UniqueConstraint(fields=("workspace", "semantic_type"), name="semantic_schema_of_type"),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuotaPolicy",
            fields=[
                ID,
                ("limits", models.JSONField(default=dict)),
                ("soft_threshold_percent", models.PositiveSmallIntegerField(default=80)),
                ("hard_enforcement", models.BooleanField(default=True)),
                (
                    "overage_mode",
                    models.CharField(
                        choices=[("block", "Block"), ("grace", "Grace"), ("bill_overage", "Bill")],
                        default="block",
                        max_length=16,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1)),
                ("updated_by", models.CharField(max_length=383)),
                ("updated_at", models.DateTimeField()),
                (
                    "workspace",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="quota_policy", to="intents.workspace"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("soft_threshold_percent__gte", 1), ("soft_threshold_percent__lte", 100)),
                        name="quota_policy_threshold",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UsageMeter",
            fields=[
                ID,
                ("dimension", models.CharField(max_length=40)),
                ("day", models.DateField()),
                ("used", models.BigIntegerField(default=0)),
                ("warned_at", models.DateTimeField(null=True)),
                ("workspace", WORKSPACE),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "day", "dimension"), name="usage_meter_once"),
                ],
            },
        ),
    ]
