"""What the auditor finds, and how far it is."""

import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0029_lists_of_operations"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditProgress",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("recent", models.UUIDField()),
                ("walked", models.UUIDField()),
                ("size", models.PositiveIntegerField()),
                ("lap_began_at", models.DateTimeField()),
                ("lap_ended_at", models.DateTimeField(null=True)),
                ("passed_at", models.DateTimeField(null=True)),
                ("passed_by", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="audit_progress_is_one_row")],
            },
        ),
        migrations.CreateModel(
            name="AuditFinding",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("rule", models.TextField()),
                ("intent_id", models.UUIDField(null=True)),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("counts_at", models.DateTimeField()),
                ("resolved_at", models.DateTimeField(null=True)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="intents.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("resolved_at__isnull", False)), fields=["resolved_at"], name="finding_resolved"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("resolved_at__isnull", True)),
                        fields=("rule", "intent_id"),
                        name="finding_open_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
    ]
