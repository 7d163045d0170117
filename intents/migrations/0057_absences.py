"""Members who are out of office."""

import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models

ID = models.UUIDField(default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False)

SAME_WORKSPACE = """
ALTER TABLE intents_absence ADD CONSTRAINT absence_member_same_workspace
FOREIGN KEY (workspace_id, member_id) REFERENCES intents_member (workspace_id, id) ON DELETE CASCADE;
ALTER TABLE intents_absence ADD CONSTRAINT absence_stand_in_same_workspace
FOREIGN KEY (workspace_id, stand_in_id) REFERENCES intents_member (workspace_id, id) ON DELETE SET NULL (stand_in_id);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0056_shows_presence"),
    ]

    operations = [
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", ID),
                ("start", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("message", models.CharField(blank=True, max_length=500)),
                ("begun", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="absence", to="intents.member"
                    ),
                ),
                (
                    "stand_in",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="intents.member",
                    ),
                ),
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
                "indexes": [models.Index(fields=["workspace", "until"], name="absence_of_workspace")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("until__gt", models.F("start"))), name="absence_takes_time"),
                    models.CheckConstraint(
                        condition=models.Q(("stand_in", models.F("member")), _negated=True), name="absence_of_another"
                    ),
                ],
            },
        ),
        migrations.RunSQL(SAME_WORKSPACE, migrations.RunSQL.noop),
    ]
