"""Every table of the inbox, and foreign keys that cannot cross workspaces.

Took the place of the migrations before the first release. Every release has it.
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


def add_keys(apps, schema_editor):
    """Add the constraints that wait for the end of the migration now: the statements below refer to them."""
    for statement in schema_editor.deferred_sql:
        schema_editor.execute(statement)
    schema_editor.deferred_sql.clear()


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("intents", "0001_squashed_0020"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "indexes": [],
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
                "indexes": [],
                "constraints": [models.UniqueConstraint(fields=("user", "name"), name="chat_address_name_once")],
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
                "indexes": [],
                "constraints": [],
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
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "indexes": [],
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
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["claimed", "held", "open"])),
                        fields=["workspace", "-id"],
                        name="task_live",
                    ),
                    models.Index(fields=["workspace", "state", "-id"], name="task_by_state"),
                    models.Index(
                        condition=models.Q(("state__in", ["claimed", "open"])),
                        fields=["workspace", "due_order", "risk_order", "id"],
                        name="task_undecided",
                    ),
                    models.Index(
                        condition=models.Q(("claimed_by__isnull", False)), fields=["claimed_by"], name="task_claimed"
                    ),
                    models.Index(
                        condition=models.Q(("over_at__isnull", False)),
                        fields=["workspace", "-over_at", "-id"],
                        name="task_over",
                    ),
                    models.Index(fields=["intent", "id"], name="task_of_intent"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "id"), name="task_in_workspace"),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["claimed", "held", "open"])),
                        fields=("intent",),
                        name="task_live_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "claimed", "held", "decided", "expired", "withdrawn"])),
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
                                    [inbox.vocabulary.lifecycle.State["DECIDED"], inbox.vocabulary.lifecycle.State["HELD"]],
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
                            models.Q(("claimed_by__isnull", False), ("state", inbox.vocabulary.lifecycle.State["CLAIMED"])),
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
                        fields=["workspace", "principal", "due_order", "risk_order", "task"],
                        name="assignment_live",
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
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("void_at__isnull", False)), fields=["task"], name="decision_void")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("void_at__isnull", True)), fields=("task", "revision"), name="decision_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("void_at__isnull", True), ("void_reason__isnull", True)),
                            models.Q(("void_at__isnull", False), ("void_reason__in", ["taken_back", "overtaken"])),
                            _connector="OR",
                        ),
                        name="decision_void_for_a_reason",
                    ),
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
                "indexes": [],
                "constraints": [],
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
            name="Opened",
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
                        db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="inbox.task"
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [models.UniqueConstraint(fields=("user", "task"), name="opened_once")],
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
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
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
                    models.CheckConstraint(condition=models.Q(("end__gt", models.F("start"))), name="override_takes_time")
                ],
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
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
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
                "indexes": [],
                "constraints": [models.UniqueConstraint(fields=("user", "task"), name="snooze_once")],
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
                "indexes": [],
                "constraints": [models.UniqueConstraint(fields=("message", "notification"), name="message_item_once")],
            },
        ),
        migrations.RunPython(add_keys, migrations.RunPython.noop),
        migrations.RunSQL(NEWEST_KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(FOREIGN_KEYS, NO_FOREIGN_KEYS),
    ]
