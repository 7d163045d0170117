"""What is usual for agents, and what is done when they go beyond it."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

import intents.kernel.models

ID = models.UUIDField(default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False)
ACTIONS = [("note", "Note"), ("alert", "Alert"), ("pause", "Pause"), ("kill", "Kill")]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("intents", "0059_health_told"),
    ]

    operations = [
        migrations.AddField("agentpolicy", "action_on_anomaly", models.CharField(choices=ACTIONS, max_length=8, null=True)),
        migrations.CreateModel(
            name="MeshBaseline",
            fields=[
                ("id", ID),
                ("name", models.CharField(max_length=241)),
                ("hour", models.DateTimeField()),
                ("hours", models.PositiveIntegerField()),
                ("cost_median", models.FloatField()),
                ("cost_spread", models.FloatField()),
                ("intents_median", models.FloatField()),
                ("intents_spread", models.FloatField()),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("workspace", "name"), name="mesh_baseline_once")],
            },
        ),
        AddIndexConcurrently("meshhour", models.Index(fields=["hour"], name="mesh_hour_of_all")),
    ]
