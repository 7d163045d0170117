"""Who follows a task, and is told of comments and how it ends."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import intents.kernel.models

SAME_WORKSPACE = """
ALTER TABLE inbox_taskwatcher ADD CONSTRAINT inbox_taskwatcher_same_workspace
    FOREIGN KEY (workspace_id, task_id) REFERENCES inbox_task (workspace_id, id) ON DELETE CASCADE
"""


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0022_task_pause"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TaskWatcher",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="inbox.task",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="intents.workspace",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("task", "user"), name="task_watcher_once")],
            },
        ),
        migrations.RunSQL(SAME_WORKSPACE, "ALTER TABLE inbox_taskwatcher DROP CONSTRAINT inbox_taskwatcher_same_workspace"),
    ]
