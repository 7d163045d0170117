"""What is wrong with the endpoints that are posted to."""

import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0040_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="EndpointHealth",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("failing_since", models.DateTimeField()),
                ("marked_at", models.DateTimeField()),
                ("marked_before", models.DateTimeField(null=True)),
                ("told", models.PositiveSmallIntegerField(default=0)),
                ("faults", models.PositiveIntegerField(default=0)),
                ("probe_at", models.DateTimeField(null=True)),
                ("disabled_at", models.DateTimeField(null=True)),
                (
                    "disabled_reason",
                    models.CharField(choices=[("failing", "Failing"), ("gone", "Gone")], max_length=8, null=True),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="intents.workspace",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("disabled_at", None), ("disabled_reason", None))
                        | models.Q(("disabled_at__isnull", False), ("disabled_reason__isnull", False)),
                        name="endpoint_disabled_for_a_reason",
                    )
                ],
            },
        ),
    ]
