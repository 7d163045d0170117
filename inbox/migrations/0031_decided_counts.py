"""How many were decided within a long span is counted once, of what is old."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0030_slack_members"),
        ("intents", "0071_restored_marks"),
    ]

    operations = [
        migrations.CreateModel(
            name="DecidedCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("span", models.DurationField()),
                ("until", models.DateTimeField()),
                ("number", models.BigIntegerField()),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="intents.workspace",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("workspace", "span"), name="decided_counted_once")],
            },
        ),
    ]
