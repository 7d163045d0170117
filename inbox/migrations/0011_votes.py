"""Votes: decisions of several people of one task."""

import django.contrib.postgres.fields
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q

HOLDS = "void_at IS NULL"
UNIQUE = {
    "decision_by_once": (["task", "revision", "stage", "person"], Q(void_at__isnull=True), HOLDS),
    "decision_final_once": (["task", "revision"], Q(void_at__isnull=True, final=True), f"final AND {HOLDS}"),
    "decision_for_once": (
        ["task", "revision", "stage", "counts_for"],
        Q(void_at__isnull=True, counts_for__isnull=False),
        f"counts_for IS NOT NULL AND {HOLDS}",
    ),
}
COLUMNS = {"task": "task_id", "person": "person_id"}


def unique(name: str) -> migrations.SeparateDatabaseAndState:
    """A unique constraint with a condition is an index, which is built while others write."""
    fields, condition, where = UNIQUE[name]
    columns = ", ".join(COLUMNS.get(one, one) for one in fields)
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON inbox_decision ({columns}) WHERE {where}",
                f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
            )
        ],
        state_operations=[
            migrations.AddConstraint("decision", models.UniqueConstraint(fields=fields, condition=condition, name=name))
        ],
    )


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0010_task_indexes_alone")]

    operations = [
        migrations.AddField("task", "ballot", models.TextField(null=True)),
        migrations.AddField(
            "task",
            "voted",
            django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), db_default=[], default=list, size=None),
        ),
        migrations.AddField("decision", "final", models.BooleanField(default=True, db_default=True)),
        migrations.AddField("decision", "stage", models.PositiveSmallIntegerField(default=0, db_default=0)),
        migrations.AddField("decision", "counts_for", models.UUIDField(null=True)),
        *map(unique, UNIQUE),
        migrations.RemoveConstraint("decision", "decision_once"),
        AddConstraintNotValid(
            "decision",
            models.CheckConstraint(
                condition=Q(void_at__isnull=True, void_reason__isnull=True)
                | Q(void_at__isnull=False, void_reason__in=["taken_back", "overtaken", "changed", "returned"]),
                name="decision_void_has_reason",
            ),
        ),
        migrations.RemoveConstraint("decision", "decision_void_for_a_reason"),
    ]
