"""How people decided by the hour, so that months of it are read at once."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0007_counts_of_tasks"),
        ("intents", "0044_folded_by_version"),
    ]

    operations = [
        migrations.CreateModel(
            name="DecidingHour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                ("principal", models.CharField(max_length=48)),
                ("decided", models.PositiveIntegerField()),
                ("undone", models.PositiveIntegerField()),
                ("expired", models.PositiveIntegerField()),
                ("looked", models.PositiveIntegerField()),
                ("hasty", models.PositiveIntegerField()),
                ("reminders", models.PositiveBigIntegerField()),
                ("looks", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("takes", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
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
                "indexes": [models.Index(fields=["hour"], name="decidinghour_hour")],
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "principal", "hour"), name="decidinghour_once")
                ],
            },
        ),
    ]
