"""Counts of what happened by the hour, for charts over months."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0030_audit_findings"),
    ]

    operations = [
        migrations.CreateModel(
            name="FoldedHour",
            fields=[
                ("hour", models.DateTimeField(primary_key=True, serialize=False)),
                ("fence", models.BigIntegerField(null=True)),
                ("final", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="HourlyCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                ("measure", models.CharField(max_length=16)),
                ("label", models.CharField(max_length=40)),
                ("bucket", models.PositiveSmallIntegerField()),
                ("count", models.PositiveBigIntegerField()),
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
                "indexes": [models.Index(fields=["hour"], name="hourlycount_hour")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("workspace", "hour", "measure", "label", "bucket"), name="hourlycount_once"
                    ),
                ],
            },
        ),
    ]
