"""What people write of scenarios before it is a version."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

import intents.kernel.models

OF_A_MEMBER = """
ALTER TABLE intents_scenariodraft ADD CONSTRAINT scenario_draft_of_a_member
FOREIGN KEY (workspace_id, user_id) REFERENCES intents_member (workspace_id, user_id) ON DELETE CASCADE
"""


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0060_mesh_baselines"),
    ]

    operations = [
        migrations.CreateModel(
            name="ScenarioDraft",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("scenario_id", models.CharField(default="", max_length=255)),
                ("base", models.PositiveIntegerField(default=0)),
                ("text", models.TextField()),
                ("revision", models.PositiveIntegerField(default=1)),
                ("window", models.CharField(default="", max_length=36)),
                ("tried", models.TextField(null=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
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
                "indexes": [models.Index(fields=["workspace", "user", "-changed_at"], name="scenario_drafts_of")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=Q(("base__gt", 0)),
                        fields=("workspace", "user", "scenario_id"),
                        name="scenario_draft_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(OF_A_MEMBER, migrations.RunSQL.noop),
    ]
