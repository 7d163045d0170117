"""Who may send to whom."""

import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0063_access_requests"),
    ]

    operations = [
        migrations.CreateModel(
            name="ReceiveRule",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=241)),
                ("part", models.CharField(choices=[("policy", "Policy"), ("receive", "Receive")], max_length=8)),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("allowlist", "Allowlist"),
                            ("denylist", "Denylist"),
                            ("closed", "Closed"),
                            ("use_org_default", "Default"),
                        ],
                        max_length=16,
                    ),
                ),
                ("updated_by", models.CharField(max_length=383)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReceiveEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sender_pattern", models.CharField(max_length=383)),
                ("added_by", models.CharField(max_length=383)),
                ("created_at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="intents.receiverule",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="receiverule",
            constraint=models.UniqueConstraint(fields=("workspace", "name", "part"), name="receive_rule_once"),
        ),
        migrations.AddConstraint(
            model_name="receiveentry",
            constraint=models.UniqueConstraint(fields=("rule", "sender_pattern"), name="receive_entry_once"),
        ),
    ]
