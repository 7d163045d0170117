"""Lists of tasks go by when a task is due, or when the patience with its risk ends if that is sooner.

Assignments hold it in the column they have; those of an older version that runs meanwhile stand at the time they are due. The
new index is there before the old one goes.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Func

SORT_AT = (
    "LEAST(due_at, (assigned_at AT TIME ZONE 'UTC' + CASE risk WHEN 'critical' THEN interval '24 hours'"
    " WHEN 'high' THEN interval '72 hours' WHEN 'medium' THEN interval '168 hours' ELSE interval '720 hours' END)"
    " AT TIME ZONE 'UTC')"
)
BACKFILL = f"""
UPDATE inbox_assignment a SET due_order = t.sort_at
FROM (SELECT id, {SORT_AT} AS sort_at FROM inbox_task WHERE state IN ('open', 'claimed', 'held')) t
WHERE t.id = a.task_id AND a.due_order <> t.sort_at
"""


class Migration(migrations.Migration):
    atomic = False
    safe_because = {"RunSQL inbox_assignment": "only those of tasks that are not over, found by their index, for seconds"}

    dependencies = [("inbox", "0001_squashed_0012")]

    operations = [
        AddIndexConcurrently(
            "task",
            models.Index(
                F("workspace"),
                Func(template=SORT_AT, output_field=models.DateTimeField()),
                F("risk_order"),
                F("id"),
                condition=models.Q(("state__in", ["claimed", "open"])),
                name="task_listed",
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        RemoveIndexConcurrently("task", "task_undecided"),
    ]
