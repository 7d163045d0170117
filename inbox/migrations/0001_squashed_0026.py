"""Every table of the inbox, foreign keys that cannot cross workspaces, and how tables are vacuumed.

What a first start runs instead of the migrations up to 0026, which stay for databases that have had some of them. The tables
are the same by either way, each with its columns in the same order (tests/runtime/test_squashed.py).
"""

import datetime

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import inbox.vocabulary.lifecycle
import intents.kernel.models
from intents.kernel.tables import Tables

# (table, constraint, columns, what they refer to, what a deletion does)
SAME_WORKSPACE = (
    (
        "inbox_assignment",
        "inbox_assignment_same_workspace",
        "workspace_id, task_id",
        "inbox_task (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "inbox_decision",
        "inbox_decision_same_workspace",
        "workspace_id, task_id",
        "inbox_task (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    ("inbox_messageitem", "inbox_messageitem_of_message", "message_id", "inbox_message (id)", "ON DELETE CASCADE"),
    (
        "inbox_messageitem",
        "inbox_messageitem_of_notification",
        "notification_id",
        "inbox_notification (id)",
        "ON DELETE CASCADE",
    ),
    ("inbox_notice", "inbox_notice_of_task", "workspace_id, task_id", "inbox_task (workspace_id, id)", "ON DELETE CASCADE"),
    (
        "inbox_notification",
        "inbox_notification_of_task",
        "workspace_id, task_id",
        "inbox_task (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "inbox_opened",
        "inbox_opened_same_workspace",
        "workspace_id, task_id",
        "inbox_task (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "inbox_override",
        "inbox_override_same_workspace",
        "workspace_id, schedule_id",
        "inbox_schedule (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    ("inbox_policy", "inbox_policy_same_workspace", "workspace_id, calendar_id", "inbox_calendar (workspace_id, id)", ""),
    (
        "inbox_snooze",
        "inbox_snooze_same_workspace",
        "workspace_id, task_id",
        "inbox_task (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "inbox_task",
        "inbox_task_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "inbox_taskwatcher",
        "inbox_taskwatcher_same_workspace",
        "workspace_id, task_id",
        "inbox_task (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
)

FOREIGN_KEYS = "\n".join(
    f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) REFERENCES {to} {deleting};"
    for table, name, columns, to, deleting in SAME_WORKSPACE
)
NO_FOREIGN_KEYS = "\n".join(f"ALTER TABLE {table} DROP CONSTRAINT {name};" for table, name, *_ in SAME_WORKSPACE)

# Made once more after the other indexes: while a table has never been analysed PostgreSQL takes the newest of those that look
# alike for the check of a foreign key, and another would read all rows of the workspace.
NEWEST_KEYS = "\n".join(
    f"ALTER TABLE inbox_{table} DROP CONSTRAINT {table}_in_workspace;"
    f"ALTER TABLE inbox_{table} ADD CONSTRAINT {table}_in_workspace UNIQUE (workspace_id, id);"
    for table in ("task", "calendar", "schedule")
)

# Tables that are counted from indexes alone are vacuumed soon after rows were added.
VACUUMED = ("inbox_task", "inbox_assignment")
VACUUM_SOON = "\n".join(
    f"ALTER TABLE {table} SET (autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_vacuum_insert_threshold = 5000,"
    " autovacuum_vacuum_scale_factor = 0.05);"
    for table in VACUUMED
)


def add_keys(apps, schema_editor):
    """Add the constraints that wait for the end of the migration now: the statements below refer to them."""
    for statement in schema_editor.deferred_sql:
        schema_editor.execute(statement)
    schema_editor.deferred_sql.clear()


class Migration(migrations.Migration):
    replaces = [
        ("inbox", "0001_squashed_0012"),
        ("inbox", "0002_task_listed"),
        ("inbox", "0003_read_receipts"),
        ("inbox", "0004_saved_views"),
        ("inbox", "0005_bulks"),
        ("inbox", "0006_message_failed"),
        ("inbox", "0007_counts_of_tasks"),
        ("inbox", "0008_deciding_hours"),
        ("inbox", "0009_vacuum_after_inserts"),
        ("inbox", "0010_task_indexes_alone"),
        ("inbox", "0011_votes"),
        ("inbox", "0012_votes_checked"),
        ("inbox", "0013_task_approved"),
        ("inbox", "0014_tasks_by_risk"),
        ("inbox", "0015_views_of_tasks"),
        ("inbox", "0016_task_voted_on"),
        ("inbox", "0017_task_alike"),
        ("inbox", "0018_display_names"),
        ("inbox", "0019_payload_numbers"),
        ("inbox", "0020_standing_grants"),
        ("inbox", "0021_last_looks"),
        ("inbox", "0022_task_pause"),
        ("inbox", "0023_task_watchers"),
        ("inbox", "0024_decision_visibility"),
        ("inbox", "0025_payload_path_kept_at"),
        ("inbox", "0026_tasks_by_amount"),
    ]

    initial = True

    dependencies = [
        ("intents", "0063_access_requests"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        Tables(
            migrations.CreateModel(
                name="Task",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("task_type", models.CharField(max_length=32)),
                    ("title", models.CharField(max_length=255)),
                    ("headline", models.CharField(default="", max_length=300)),
                    ("risk", models.CharField(max_length=8)),
                    ("spec", models.TextField()),
                    (
                        "excluded",
                        django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("open", "open"),
                                ("claimed", "claimed"),
                                ("held", "held"),
                                ("decided", "decided"),
                                ("expired", "expired"),
                                ("withdrawn", "withdrawn"),
                            ],
                            default=inbox.vocabulary.lifecycle.State["OPEN"],
                            max_length=12,
                        ),
                    ),
                    ("revision", models.PositiveIntegerField(default=1)),
                    ("digest", models.BinaryField(max_length=32)),
                    ("assigned_at", models.DateTimeField()),
                    ("due_at", models.DateTimeField(null=True)),
                    ("ended_at", models.DateTimeField(null=True)),
                    ("outcome", models.CharField(max_length=64, null=True)),
                    ("decided_at", models.DateTimeField(null=True)),
                    ("held_until", models.DateTimeField(null=True)),
                    ("plan", models.TextField(null=True)),
                    ("reminded", models.PositiveSmallIntegerField(db_default=0, default=0)),
                    ("level", models.PositiveSmallIntegerField(db_default=0, default=0)),
                    (
                        "due_order",
                        models.GeneratedField(
                            db_persist=True,
                            expression=django.db.models.functions.comparison.Coalesce(
                                "due_at", models.Value(datetime.datetime(9999, 12, 31, 0, 0, tzinfo=datetime.UTC))
                            ),
                            output_field=models.DateTimeField(),
                        ),
                    ),
                    (
                        "risk_order",
                        models.GeneratedField(
                            db_persist=True,
                            expression=models.Case(
                                models.When(risk="critical", then=models.Value(0)),
                                models.When(risk="high", then=models.Value(1)),
                                models.When(risk="medium", then=models.Value(2)),
                                models.When(risk="low", then=models.Value(3)),
                                default=models.Value(4),
                            ),
                            output_field=models.PositiveSmallIntegerField(),
                        ),
                    ),
                    (
                        "over_at",
                        models.GeneratedField(
                            db_persist=True,
                            expression=django.db.models.functions.comparison.Coalesce("decided_at", "ended_at"),
                            null=True,
                            output_field=models.DateTimeField(),
                        ),
                    ),
                    (
                        "claimed_by",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "decided_by",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "intent",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="tasks",
                            to="intents.intent",
                        ),
                    ),
                    (
                        "wait",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE, related_name="task", to="intents.wait"
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
                    ("ballot", models.TextField(null=True)),
                    (
                        "voted",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.UUIDField(), db_default=[], default=list, size=None
                        ),
                    ),
                    ("approved", models.TextField(null=True)),
                    ("amount", models.DecimalField(decimal_places=12, max_digits=40, null=True)),
                    ("currency", models.CharField(db_default="", default="", max_length=8)),
                    ("likeness", models.BinaryField(max_length=16, null=True)),
                    ("pause", models.TextField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["workspace", "state", "-id"], name="task_by_state"),
                        models.Index(
                            condition=models.Q(("claimed_by__isnull", False)), fields=["claimed_by"], name="task_claimed"
                        ),
                        models.Index(fields=["intent", "id"], name="task_of_intent"),
                        models.Index(
                            condition=models.Q(("state__in", ["claimed", "held", "open"])),
                            fields=["workspace", "-id"],
                            include=("wait", "risk"),
                            name="task_still_live",
                        ),
                        models.Index(
                            models.F("workspace"),
                            models.Func(
                                output_field=models.DateTimeField(),
                                template="LEAST(due_at, (assigned_at AT TIME ZONE 'UTC' + CASE risk WHEN 'critical' THEN interval '24 hours' WHEN 'high' THEN interval '72 hours' WHEN 'medium' THEN interval '168 hours' ELSE interval '720 hours' END) AT TIME ZONE 'UTC')",
                            ),
                            models.F("risk_order"),
                            models.F("id"),
                            condition=models.Q(("state__in", ["claimed", "open"])),
                            include=("intent", "due_at", "assigned_at", "risk"),
                            name="task_in_order",
                        ),
                        models.Index(
                            condition=models.Q(("over_at__isnull", False)),
                            fields=["workspace", "-over_at", "-id"],
                            include=("intent", "state"),
                            name="task_over_by",
                        ),
                        models.Index(
                            condition=models.Q(
                                ("state__in", ["claimed", "open"]),
                                models.Q(("state", "claimed"), models.Q(("excluded", []), _negated=True), _connector="OR"),
                            ),
                            fields=["workspace", "id"],
                            name="task_kept_from_some",
                        ),
                        models.Index(
                            condition=models.Q(("state__in", ["claimed", "open"])),
                            fields=["workspace", "risk_order", "due_order", "id"],
                            name="task_by_risk",
                        ),
                        models.Index(
                            condition=models.Q(("ballot__isnull", False), ("state__in", ["claimed", "open"])),
                            fields=["id"],
                            name="task_voted_on",
                        ),
                        models.Index(
                            condition=models.Q(("decided_at__isnull", False), ("likeness__isnull", False)),
                            fields=["workspace", "likeness", "-decided_at"],
                            name="task_alike",
                        ),
                        models.Index(
                            models.F("workspace"),
                            django.db.models.functions.comparison.Collate("currency", "C"),
                            models.Func(output_field=models.DecimalField(), template="(-amount)"),
                            models.F("id"),
                            condition=models.Q(("state__in", ["claimed", "open"]), ("amount__isnull", False)),
                            name="task_by_amount",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "id"), name="task_in_workspace"),
                        models.UniqueConstraint(
                            condition=models.Q(("state__in", ["claimed", "held", "open"])),
                            fields=("intent",),
                            name="task_live_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("state__in", ["open", "claimed", "held", "decided", "expired", "withdrawn"])
                            ),
                            name="task_state_known",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("decided_at__isnull", False),
                                    ("decided_by__isnull", False),
                                    ("outcome__isnull", False),
                                    (
                                        "state__in",
                                        [
                                            inbox.vocabulary.lifecycle.State["DECIDED"],
                                            inbox.vocabulary.lifecycle.State["HELD"],
                                        ],
                                    ),
                                ),
                                models.Q(
                                    models.Q(
                                        (
                                            "state__in",
                                            [
                                                inbox.vocabulary.lifecycle.State["DECIDED"],
                                                inbox.vocabulary.lifecycle.State["HELD"],
                                            ],
                                        ),
                                        _negated=True,
                                    ),
                                    ("decided_at__isnull", True),
                                    ("decided_by__isnull", True),
                                    ("outcome__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="task_decided_by_somebody",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("claimed_by__isnull", False), ("state", inbox.vocabulary.lifecycle.State["CLAIMED"])
                                ),
                                models.Q(
                                    models.Q(("state", inbox.vocabulary.lifecycle.State["CLAIMED"]), _negated=True),
                                    ("claimed_by__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="task_claimed_by_somebody",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("held_until__isnull", False), ("state", inbox.vocabulary.lifecycle.State["HELD"])),
                                models.Q(
                                    models.Q(("state", inbox.vocabulary.lifecycle.State["HELD"]), _negated=True),
                                    ("held_until__isnull", True),
                                ),
                                _connector="OR",
                            ),
                            name="task_held_for_a_time",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Assignment",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("principal", models.CharField(max_length=390)),
                    ("authority", models.CharField(default="direct", max_length=16)),
                    ("until", models.DateTimeField(null=True)),
                    ("live", models.BooleanField(default=True)),
                    ("due_order", models.DateTimeField()),
                    ("risk_order", models.PositiveSmallIntegerField()),
                    (
                        "by",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
                    (
                        "task",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="assignments",
                            to="inbox.task",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("live", True)),
                            fields=["workspace", "principal", "risk_order", "due_order", "task"],
                            include=("until",),
                            name="assignment_by_risk",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("task", "principal"), name="assignment_once"),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("authority", "delegate"), ("by__isnull", False)),
                                models.Q(models.Q(("authority", "delegate"), _negated=True), ("until__isnull", True)),
                                _connector="OR",
                            ),
                            name="assignment_delegated_by_somebody",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Bulk",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("action", models.CharField(max_length=32)),
                    ("arguments", models.TextField(default="{}")),
                    ("query", models.TextField(null=True)),
                    ("reason", models.TextField()),
                    ("user_id", models.UUIDField()),
                    ("credential_id", models.UUIDField()),
                    ("by", models.CharField(max_length=254)),
                    (
                        "state",
                        models.CharField(
                            choices=[("queued", "Queued"), ("running", "Running"), ("done", "Done"), ("aborted", "Aborted")],
                            default="queued",
                            max_length=8,
                        ),
                    ),
                    ("matched", models.PositiveIntegerField(default=0)),
                    ("succeeded", models.PositiveIntegerField(default=0)),
                    ("failed", models.PositiveIntegerField(default=0)),
                    ("skipped", models.PositiveIntegerField(default=0)),
                    ("reached", models.UUIDField(null=True)),
                    ("lease_token", models.UUIDField(null=True)),
                    ("due_at", models.DateTimeField(null=True)),
                    ("aborted_by", models.CharField(max_length=254, null=True)),
                    ("created_at", models.DateTimeField()),
                    ("started_at", models.DateTimeField(null=True)),
                    ("ended_at", models.DateTimeField(null=True)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            to="intents.workspace",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state__in", ("queued", "running"))), fields=["due_at"], name="bulk_due"
                        ),
                        models.Index(fields=["workspace", "-id"], name="bulk_listed"),
                        models.Index(condition=models.Q(("ended_at__isnull", False)), fields=["ended_at"], name="bulk_over"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("due_at__isnull", False), ("ended_at", None), ("state__in", ("queued", "running"))
                                ),
                                models.Q(
                                    models.Q(("state__in", ("queued", "running")), _negated=True),
                                    ("due_at", None),
                                    ("ended_at__isnull", False),
                                ),
                                _connector="OR",
                            ),
                            name="bulk_due_until_over",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="BulkItem",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("intent_id", models.UUIDField()),
                    (
                        "result",
                        models.CharField(
                            choices=[("succeeded", "Succeeded"), ("skipped", "Skipped"), ("failed", "Failed")],
                            max_length=9,
                            null=True,
                        ),
                    ),
                    ("reason", models.TextField(null=True)),
                    (
                        "bulk",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="items",
                            to="inbox.bulk",
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            to="intents.workspace",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("result__in", ["skipped", "failed"])),
                            fields=["bulk", "result", "intent_id"],
                            name="bulk_item_not_done",
                        )
                    ],
                    "constraints": [models.UniqueConstraint(fields=("bulk", "intent_id"), name="bulk_item_once")],
                },
            ),
            migrations.CreateModel(
                name="Calendar",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("revision", models.PositiveIntegerField(db_default=1, default=1)),
                    ("changed_at", models.DateTimeField(null=True)),
                    ("changed_by", models.TextField(null=True)),
                    ("name", models.CharField(max_length=120)),
                    ("time_zone", models.CharField(max_length=64)),
                    ("hours", models.TextField()),
                    ("country", models.CharField(max_length=2, null=True)),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"), django.db.models.functions.text.Lower("name"), name="calendar_name_once"
                        ),
                        models.UniqueConstraint(fields=("workspace", "id"), name="calendar_in_workspace"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ChatAddress",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=60)),
                    ("service", models.CharField(max_length=120)),
                    ("sealed", models.BinaryField()),
                    ("created_at", models.DateTimeField()),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="chat_addresses",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("user", "name"), name="chat_address_name_once")],
                },
            ),
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
            migrations.CreateModel(
                name="StandingGrant",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=120)),
                    ("match", models.TextField()),
                    ("limits", models.TextField()),
                    ("risk", models.CharField(max_length=8)),
                    ("outcome", models.CharField(max_length=64)),
                    ("comment", models.TextField(null=True)),
                    ("time_zone", models.CharField(max_length=64)),
                    ("created_at", models.DateTimeField()),
                    ("expires_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    ("ended_by", models.TextField(null=True)),
                    ("ended_reason", models.CharField(max_length=16, null=True)),
                    ("note", models.TextField(null=True)),
                    (
                        "grantor",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
                    "indexes": [
                        models.Index(
                            condition=models.Q(("ended_at__isnull", True)),
                            fields=["workspace", "id"],
                            name="standinggrant_active",
                        ),
                        models.Index(fields=["workspace", "-id"], name="standinggrant_listed"),
                    ],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("expires_at__gt", models.F("created_at"))), name="standinggrant_ends_later"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(
                                    ("ended_at__isnull", True), ("ended_by__isnull", True), ("ended_reason__isnull", True)
                                ),
                                models.Q(
                                    ("ended_at__isnull", False),
                                    ("ended_by__isnull", False),
                                    ("ended_reason__in", ["revoked", "grantor_left"]),
                                ),
                                _connector="OR",
                            ),
                            name="standinggrant_end_has_reason",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Decision",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("revision", models.PositiveIntegerField()),
                    ("digest", models.BinaryField(max_length=32)),
                    ("authority", models.CharField(max_length=16)),
                    ("channel", models.CharField(max_length=16)),
                    ("outcome", models.CharField(max_length=64)),
                    ("comment", models.TextField(null=True)),
                    ("data", models.TextField(null=True)),
                    ("at", models.DateTimeField()),
                    ("void_at", models.DateTimeField(null=True)),
                    ("void_reason", models.CharField(max_length=16, null=True)),
                    (
                        "delegated_by",
                        models.ForeignKey(
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "person",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
                    (
                        "task",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="decisions",
                            to="inbox.task",
                        ),
                    ),
                    ("final", models.BooleanField(db_default=True, default=True)),
                    ("stage", models.PositiveSmallIntegerField(db_default=0, default=0)),
                    ("counts_for", models.UUIDField(null=True)),
                    ("redeemed_at", models.DateTimeField(null=True)),
                    ("redeemed_by", models.CharField(max_length=400, null=True)),
                    (
                        "standing_grant",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inbox.standinggrant",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(condition=models.Q(("void_at__isnull", False)), fields=["task"], name="decision_void")
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("void_at__isnull", True)),
                            fields=("task", "revision", "stage", "person"),
                            name="decision_by_once",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("final", True), ("void_at__isnull", True)),
                            fields=("task", "revision"),
                            name="decision_final_once",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("counts_for__isnull", False), ("void_at__isnull", True)),
                            fields=("task", "revision", "stage", "counts_for"),
                            name="decision_for_once",
                        ),
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("void_at__isnull", True), ("void_reason__isnull", True)),
                                models.Q(
                                    ("void_at__isnull", False),
                                    ("void_reason__in", ["taken_back", "overtaken", "changed", "returned"]),
                                ),
                                _connector="OR",
                            ),
                            name="decision_void_has_reason",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="DecisionVisibility",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("per_person", models.BooleanField(default=False)),
                    (
                        "workspace",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE, related_name="+", to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="DismissedSuggestion",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("intent_type", models.CharField(max_length=255)),
                    ("agent", models.CharField(max_length=255)),
                    (
                        "user",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("user", "workspace", "intent_type", "agent"), name="dismissed_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="GrantUse",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("at", models.DateTimeField()),
                    ("day", models.DateField()),
                    ("amount", models.DecimalField(decimal_places=12, max_digits=40, null=True)),
                    ("currency", models.CharField(default="", max_length=8)),
                    (
                        "decision",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inbox.decision",
                        ),
                    ),
                    (
                        "task",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.DO_NOTHING,
                            related_name="+",
                            to="inbox.task",
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
                    (
                        "grant",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="uses",
                            to="inbox.standinggrant",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["grant", "day"], include=("currency", "amount"), name="grantuse_by_day"),
                        models.Index(fields=["grant", "-id"], name="grantuse_log"),
                    ],
                    "constraints": [models.UniqueConstraint(fields=("decision",), name="grantuse_once")],
                },
            ),
            migrations.CreateModel(
                name="IntentTypeName",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("revision", models.PositiveIntegerField(db_default=1, default=1)),
                    ("changed_at", models.DateTimeField(null=True)),
                    ("changed_by", models.TextField(null=True)),
                    ("intent_type", models.CharField(max_length=255)),
                    ("name", models.CharField(max_length=60)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "intent_type"), name="intenttypename_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Message",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("ready", "Ready"),
                                ("leased", "Leased"),
                                ("sent", "Sent"),
                                ("failed", "Failed"),
                                ("skipped", "Skipped"),
                            ],
                            default="ready",
                            max_length=8,
                        ),
                    ),
                    ("due_at", models.DateTimeField()),
                    ("attempt", models.PositiveSmallIntegerField(default=0)),
                    ("answer", models.TextField(null=True)),
                    ("created_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    ("channel", models.CharField(max_length=16)),
                    ("slot", models.CharField(max_length=8)),
                    (
                        "address",
                        models.ForeignKey(
                            null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="inbox.chataddress"
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            to="intents.workspace",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state__in", ["ready", "leased"])),
                            fields=["channel", "due_at"],
                            name="message_due",
                        ),
                        models.Index(fields=["user", "channel", "-ended_at"], name="message_to_person"),
                        models.Index(
                            condition=models.Q(("state", "failed")), fields=["workspace", "-id"], name="message_failed"
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("attempt", 0), ("state", "ready")),
                            fields=("user", "workspace", "channel", "address", "slot"),
                            name="message_gathering",
                            nulls_distinct=False,
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Notification",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("kind", models.CharField(max_length=16)),
                    ("number", models.PositiveIntegerField(default=0)),
                    ("risk", models.CharField(max_length=8)),
                    ("principal", models.CharField(default="", max_length=390)),
                    ("created_at", models.DateTimeField()),
                    ("read_at", models.DateTimeField(null=True)),
                    (
                        "user",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            to="intents.workspace",
                        ),
                    ),
                    (
                        "task",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            to="inbox.task",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["user", "workspace", "-id"], name="notification_of_person"),
                        models.Index(
                            condition=models.Q(("read_at__isnull", True)),
                            fields=["user", "workspace", "-id"],
                            name="notification_unread",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("task", "user", "kind", "number"), name="notification_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="MessageItem",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("left_out", models.BooleanField(default=False)),
                    (
                        "message",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="items",
                            to="inbox.message",
                        ),
                    ),
                    (
                        "notification",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="items",
                            to="inbox.notification",
                        ),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("message", "notification"), name="message_item_once")],
                },
            ),
            migrations.CreateModel(
                name="Notice",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("kind", models.CharField(max_length=16)),
                    ("number", models.PositiveIntegerField(default=0)),
                    ("principal", models.CharField(max_length=390, null=True)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            to="intents.workspace",
                        ),
                    ),
                    (
                        "task",
                        models.ForeignKey(
                            db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to="inbox.task"
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="NotificationSettings",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("chosen", models.TextField()),
                    (
                        "user",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="notification_settings",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                },
            ),
            migrations.CreateModel(
                name="Schedule",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("revision", models.PositiveIntegerField(db_default=1, default=1)),
                    ("changed_at", models.DateTimeField(null=True)),
                    ("changed_by", models.TextField(null=True)),
                    ("name", models.CharField(max_length=120)),
                    ("time_zone", models.CharField(max_length=64)),
                    ("starts_on", models.DateField()),
                    ("hand_over", models.CharField(max_length=5)),
                    ("shift_days", models.PositiveSmallIntegerField()),
                    ("people", django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                    ("hours", models.TextField(null=True)),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"), django.db.models.functions.text.Lower("name"), name="schedule_name_once"
                        ),
                        models.UniqueConstraint(fields=("workspace", "id"), name="schedule_in_workspace"),
                        models.CheckConstraint(
                            condition=models.Q(("people__len__gt", 0), ("shift_days__gt", 0)), name="schedule_of_somebody"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="Override",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("start", models.DateTimeField()),
                    ("end", models.DateTimeField()),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    (
                        "user",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                    (
                        "schedule",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="overrides",
                            to="inbox.schedule",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["schedule", "end"], name="override_of_schedule")],
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("end__gt", models.F("start"))), name="override_takes_time"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="PayloadPath",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    ("path", django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                    ("asked_at", models.DateTimeField()),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="intents.workspace",
                        ),
                    ),
                    ("kept_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("workspace", "path"), name="payload_path_once")],
                },
            ),
            migrations.CreateModel(
                name="PayloadNumber",
                fields=[
                    (
                        "pk",
                        models.CompositePrimaryKey(
                            "path_id", "intent_id", blank=True, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("intent_id", models.UUIDField()),
                    ("number", models.DecimalField(decimal_places=30, max_digits=60, null=True)),
                    (
                        "path",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="inbox.payloadpath",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["path", "number"], name="payload_number_by_size")],
                },
            ),
            migrations.CreateModel(
                name="Policy",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("revision", models.PositiveIntegerField(db_default=1, default=1)),
                    ("changed_at", models.DateTimeField(null=True)),
                    ("changed_by", models.TextField(null=True)),
                    ("name", models.CharField(max_length=120)),
                    ("place", models.PositiveIntegerField()),
                    ("match", models.TextField()),
                    ("escalation", models.TextField()),
                    ("least", models.TextField(db_default="{}", default="{}")),
                    ("created_at", models.DateTimeField(auto_now_add=True)),
                    (
                        "calendar",
                        models.ForeignKey(
                            null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inbox.calendar"
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["workspace", "place", "name"], name="policy_order")],
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"), django.db.models.functions.text.Lower("name"), name="policy_name_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="ReadReceipt",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
                    (
                        "task",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="inbox.task",
                        ),
                    ),
                    ("seq", models.PositiveIntegerField(null=True)),
                    ("revision", models.PositiveIntegerField(null=True)),
                    ("due_at", models.DateTimeField(null=True)),
                    ("at", models.DateTimeField(null=True)),
                    ("since_seq", models.PositiveIntegerField(null=True)),
                    ("since_revision", models.PositiveIntegerField(null=True)),
                    ("since_due_at", models.DateTimeField(null=True)),
                    ("since_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("user", "task"), name="opened_once")],
                    "db_table": "inbox_opened",
                },
            ),
            migrations.CreateModel(
                name="SavedView",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=80)),
                    ("q", models.CharField(max_length=1000)),
                    ("shared", models.BooleanField(default=False)),
                    ("created_at", models.DateTimeField()),
                    (
                        "user",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                    ("of", models.CharField(db_default="intents", default="intents", max_length=8)),
                    ("tab", models.CharField(db_default="", default="", max_length=12)),
                    ("sort", models.CharField(db_default="", default="", max_length=8)),
                ],
                options={
                    "indexes": [
                        models.Index(condition=models.Q(("shared", True)), fields=["workspace"], name="saved_view_shared")
                    ],
                    "constraints": [models.UniqueConstraint(fields=("user", "workspace", "name"), name="saved_view_once")],
                },
            ),
            migrations.CreateModel(
                name="ShownColumns",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "columns",
                        django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), size=None),
                    ),
                    (
                        "user",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("user", "workspace"), name="shown_columns_once")],
                },
            ),
            migrations.CreateModel(
                name="Snooze",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("until", models.DateTimeField()),
                    ("seq", models.PositiveIntegerField()),
                    (
                        "user",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to=settings.AUTH_USER_MODEL,
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
                    (
                        "task",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="snoozes",
                            to="inbox.task",
                        ),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("user", "task"), name="snooze_once")],
                },
            ),
            migrations.CreateModel(
                name="StandingRules",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("highest_risk", models.CharField(blank=True, default="medium", max_length=8)),
                    (
                        "workspace",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE, related_name="+", to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "abstract": False,
                },
            ),
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
        ),
        migrations.RunPython(add_keys, migrations.RunPython.noop),
        migrations.RunSQL(NEWEST_KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(FOREIGN_KEYS, NO_FOREIGN_KEYS),
        migrations.RunSQL(VACUUM_SOON, migrations.RunSQL.noop),
    ]
