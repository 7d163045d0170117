"""Scenarios, their runs, and the steps of these."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import intents.kernel.models

ID = models.UUIDField(default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False)
WORKSPACE = models.ForeignKey(
    db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
)
STATES = ("retrying", "running", "succeeded", "failed", "reused")

RUN_SAME_WORKSPACE = """
ALTER TABLE intents_scenariorun ADD CONSTRAINT run_same_workspace
FOREIGN KEY (workspace_id, intent_id) REFERENCES intents_intent (workspace_id, id) ON DELETE CASCADE
"""
STEP_SAME_RUN = """
ALTER TABLE intents_runstep ADD CONSTRAINT run_step_of_its_run
FOREIGN KEY (run_id) REFERENCES intents_scenariorun (intent_id) ON DELETE CASCADE
"""


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0054_agent_policies"),
    ]

    operations = [
        migrations.CreateModel(
            name="ScenarioVersion",
            fields=[
                ("id", ID),
                ("scenario_id", models.CharField(max_length=255)),
                ("version", models.PositiveIntegerField()),
                ("title", models.CharField(max_length=255)),
                ("digest", models.BinaryField(max_length=32)),
                ("document", models.TextField()),
                ("program", models.TextField()),
                ("created_by", models.CharField(max_length=383)),
                ("created_at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "scenario_id", "version"), name="scenario_version_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ScenarioRun",
            fields=[
                (
                    "intent",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="run",
                        serialize=False,
                        to="intents.intent",
                    ),
                ),
                ("workspace", WORKSPACE),
                (
                    "version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="intents.scenarioversion",
                    ),
                ),
                ("applied_by", models.CharField(default="", max_length=254)),
                ("defaults", models.TextField(default="{}")),
            ],
            options={
                "indexes": [models.Index(fields=["version", "-intent"], name="run_of_version")],
            },
        ),
        migrations.CreateModel(
            name="RunStep",
            fields=[
                ("id", ID.clone()),
                ("number", models.PositiveIntegerField()),
                ("step_id", models.CharField(max_length=100)),
                ("kind", models.CharField(max_length=32)),
                ("attempt", models.PositiveIntegerField(default=1)),
                (
                    "state",
                    models.CharField(choices=[(state, state.title()) for state in STATES], default="running", max_length=16),
                ),
                ("child_id", models.UUIDField(null=True)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("result", models.TextField(null=True)),
                ("error", models.TextField(null=True)),
                ("workspace", WORKSPACE.clone()),
                (
                    "run",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="intents.scenariorun",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("run", "number"), name="run_step_once"),
                    models.UniqueConstraint(
                        condition=Q(("state__in", ["retrying", "running"])), fields=("run",), name="run_at_one_step"
                    ),
                ],
            },
        ),
        migrations.RunSQL(RUN_SAME_WORKSPACE, migrations.RunSQL.noop),
        migrations.RunSQL(STEP_SAME_RUN, migrations.RunSQL.noop),
    ]
