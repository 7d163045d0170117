"""The indexes over what is undecided hold all that operations count. Each new one is there before the old one goes."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Func, Q

SORT_AT = (
    "LEAST(due_at, (assigned_at AT TIME ZONE 'UTC' + CASE risk WHEN 'critical' THEN interval '24 hours'"
    " WHEN 'high' THEN interval '72 hours' WHEN 'medium' THEN interval '168 hours' ELSE interval '720 hours' END)"
    " AT TIME ZONE 'UTC')"
)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0006_message_failed")]

    operations = [
        AddIndexConcurrently(
            "task",
            models.Index(
                fields=["workspace", "-id"],
                include=["wait", "risk"],
                condition=Q(("state__in", ["claimed", "held", "open"])),
                name="task_still_live",
            ),
        ),
        RemoveIndexConcurrently("task", "task_live"),
        AddIndexConcurrently(
            "task",
            models.Index(
                F("workspace"),
                Func(template=SORT_AT, output_field=models.DateTimeField()),
                F("risk_order"),
                F("id"),
                include=["intent", "due_at", "assigned_at", "risk"],
                condition=Q(("state__in", ["claimed", "open"])),
                name="task_in_order",
            ),
        ),
        RemoveIndexConcurrently("task", "task_listed"),
        AddIndexConcurrently(
            "assignment",
            models.Index(
                fields=["workspace", "principal", "due_order", "risk_order", "task"],
                include=["until"],
                condition=Q(("live", True)),
                name="assignment_decidable",
            ),
        ),
        RemoveIndexConcurrently("assignment", "assignment_live"),
    ]
