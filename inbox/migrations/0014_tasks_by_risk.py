"""Lists of tasks are in groups by due time, and in them by risk.

Assignments hold when their task is due in the column by which lists go; those of an older version that runs meanwhile stand
where it would have had them until they change. Each new index is there before the old one goes.
"""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

BACKFILL = """
UPDATE inbox_assignment a SET due_order = t.due_order
FROM (SELECT id, due_order FROM inbox_task WHERE state IN ('open', 'claimed', 'held')) t
WHERE t.id = a.task_id AND a.due_order <> t.due_order
"""


class Migration(migrations.Migration):
    atomic = False
    safe_because = {"RunSQL inbox_assignment": "only those of tasks that are not over, found by their index, for seconds"}

    dependencies = [("inbox", "0013_task_approved")]

    operations = [
        AddIndexConcurrently(
            "task",
            models.Index(
                fields=["workspace", "risk_order", "due_order", "id"],
                condition=Q(("state__in", ["claimed", "open"])),
                name="task_by_risk",
            ),
        ),
        AddIndexConcurrently(
            "assignment",
            models.Index(
                fields=["workspace", "principal", "risk_order", "due_order", "task"],
                include=["until"],
                condition=Q(("live", True)),
                name="assignment_by_risk",
            ),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
        RemoveIndexConcurrently("assignment", "assignment_decidable"),
    ]
