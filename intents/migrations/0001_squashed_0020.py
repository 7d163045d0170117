"""Every table of the domain, and what the ORM cannot say: foreign keys that cannot cross workspaces, the mailbox sequence, the
event hash in SQL, and the words by which an intent is found.

Took the place of the migrations before the first release. Every release has it.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import intents.engine.lifecycle
import intents.kernel.models

# (table, constraint, columns, what they refer to, what a deletion does)
SAME_WORKSPACE = (
    (
        "intents_agentkey",
        "agentkey_same_workspace",
        "workspace_id, agent_id",
        "intents_agent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_callback",
        "callback_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_delivery",
        "delivery_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_groupmember",
        "groupmember_group_same_workspace",
        "workspace_id, group_id",
        "intents_group (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_groupmember",
        "groupmember_member_same_workspace",
        "workspace_id, member_id",
        "intents_member (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_hiddenentry",
        "hiddenentry_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_intentbody",
        "intentbody_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_intentevent",
        "intentevent_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_intentmedia",
        "intentmedia_intent_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_intentmedia",
        "intentmedia_media_same_workspace",
        "workspace_id, media_id",
        "intents_media (workspace_id, id)",
        "",
    ),
    (
        "intents_member",
        "member_manager_same_workspace",
        "workspace_id, manager_id",
        "intents_member (workspace_id, id)",
        "ON DELETE SET NULL (manager_id)",
    ),
    (
        "intents_storedstep",
        "storedstep_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_threadviewer",
        "threadviewer_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_timer",
        "timer_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_wait",
        "wait_same_workspace",
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

EVENT_HASH = """
CREATE FUNCTION intents_event_hash(
    prev_hash bytea, intent_id uuid, seq int, event_type text, status text, waiting_reason text, handler text, actor text,
    at timestamptz, digest bytea
) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(convert_to(
        'axme.event.v1' || E'\\n' || encode(prev_hash, 'hex') || E'\\n' || intent_id || E'\\n' || seq || E'\\n' || event_type
        || E'\\n' || status || E'\\n' || coalesce(waiting_reason, '') || E'\\n' || coalesce(handler, '') || E'\\n' || actor
        || E'\\n' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || E'\\n' || encode(digest, 'hex'),
        'UTF8'))
$$
"""

# Beside the ORM's columns, so that nothing reads it along.
SEARCH = """
ALTER TABLE intents_intentbody ADD COLUMN document tsvector;
CREATE INDEX intentbody_document ON intents_intentbody USING gin (document)
    WITH (fastupdate = on, gin_pending_list_limit = 65536);
"""
NO_SEARCH = "ALTER TABLE intents_intentbody DROP COLUMN document"

# Made once more after the other indexes: while a table has never been analysed PostgreSQL takes the newest of those that look
# alike for the check of a foreign key, and another would read all rows of the workspace.
NEWEST_KEYS = "\n".join(
    f"ALTER TABLE intents_{table} DROP CONSTRAINT {table}_in_workspace;"
    f"ALTER TABLE intents_{table} ADD CONSTRAINT {table}_in_workspace UNIQUE (workspace_id, id);"
    for table in ("agent", "intent", "group", "member", "media")
)


def add_keys(apps, schema_editor):
    """Add the constraints that wait for the end of the migration now: the statements below refer to them."""
    for statement in schema_editor.deferred_sql:
        schema_editor.execute(statement)
    schema_editor.deferred_sql.clear()


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="Instance",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=16)),
                ("host", models.CharField(max_length=255)),
                ("started_at", models.DateTimeField()),
                ("heartbeat_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["heartbeat_at"], name="instance_heartbeat")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Organization",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.CharField(max_length=120, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "abstract": False,
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Pulse",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("looked_at", models.DateTimeField()),
                ("resumed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="pulse_is_one_row")],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("name", models.CharField(blank=True, max_length=120)),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                (
                    "theme",
                    models.CharField(
                        choices=[("system", "As the device"), ("light", "Light"), ("dark", "Dark")],
                        default="system",
                        max_length=16,
                    ),
                ),
                (
                    "density",
                    models.CharField(
                        choices=[("comfortable", "Comfortable"), ("dense", "Dense")], default="comfortable", max_length=16
                    ),
                ),
                ("shortcuts", models.BooleanField(default=True)),
                (
                    "after_decision",
                    models.CharField(
                        choices=[("next", "The next task"), ("stay", "The same task"), ("back", "The list")],
                        db_default="next",
                        default="next",
                        max_length=8,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="user_email_lower",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("data", models.TextField()),
                ("created_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="session_expiry")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Workspace",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slug", models.CharField(max_length=120)),
                ("name", models.CharField(max_length=120)),
                ("require_registered_agents", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="workspaces", to="intents.organization"
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [models.UniqueConstraint(fields=("organization", "slug"), name="workspace_slug_once")],
            },
        ),
        migrations.CreateModel(
            name="Agent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=241)),
                ("display_name", models.CharField(blank=True, max_length=255)),
                ("description", models.CharField(blank=True, max_length=1024)),
                (
                    "status",
                    models.CharField(
                        choices=[("active", "Active"), ("suspended", "Suspended"), ("deleted", "Deleted")],
                        default="active",
                        max_length=16,
                    ),
                ),
                ("delivery_mode", models.CharField(default="stream", max_length=32)),
                ("callback_url", models.CharField(blank=True, max_length=2048)),
                ("lease_seconds", models.PositiveIntegerField(null=True)),
                (
                    "past_owners",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), db_default=[], default=list, size=None
                    ),
                ),
                ("created_by", models.CharField(max_length=255)),
                ("created_with", models.CharField(blank=True, db_default="", default="", max_length=255)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="agents",
                        to="intents.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "deleted"), _negated=True),
                        fields=("workspace", "name"),
                        name="agent_name_once",
                    ),
                    models.UniqueConstraint(fields=("workspace", "id"), name="agent_in_workspace"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=383)),
                ("action", models.CharField(max_length=64)),
                ("subject", models.CharField(max_length=383)),
                ("details", models.JSONField(default=dict)),
                ("workspace", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="intents.workspace")),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "-id"], name="audit_newest")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Group",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "workspace",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="groups",
                        to="intents.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("workspace"), django.db.models.functions.text.Lower("name"), name="group_name_once"
                    ),
                    models.UniqueConstraint(fields=("workspace", "id"), name="group_in_workspace"),
                ],
            },
        ),
        migrations.CreateModel(
            name="IdempotencyRecord",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account_id", models.UUIDField()),
                ("route", models.CharField(max_length=255)),
                ("key", models.CharField(max_length=255)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("status_code", models.PositiveSmallIntegerField(null=True)),
                ("body", models.TextField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["created_at"], name="idempotency_oldest")],
                "constraints": [models.UniqueConstraint(fields=("account_id", "route", "key"), name="idempotency_key_once")],
            },
        ),
        migrations.CreateModel(
            name="Intent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("intent_type", models.CharField(max_length=255)),
                ("status", models.CharField(max_length=16)),
                ("waiting_reason", models.CharField(max_length=20, null=True)),
                ("account_id", models.UUIDField(null=True)),
                ("person_id", models.UUIDField(null=True)),
                ("sender", models.CharField(max_length=241)),
                ("from_agent", models.CharField(max_length=383)),
                ("mailbox", models.CharField(max_length=241)),
                ("to_agent", models.CharField(max_length=383)),
                ("reply_mailbox", models.CharField(max_length=241, null=True)),
                ("reply_to", models.CharField(max_length=383, null=True)),
                ("handler", models.CharField(max_length=383, null=True)),
                ("correlation_id", models.UUIDField()),
                ("parent_id", models.UUIDField(null=True)),
                ("seq", models.PositiveIntegerField()),
                ("last_hash", models.BinaryField(max_length=32)),
                ("checkpoint_seq", models.PositiveIntegerField(null=True)),
                ("policy_generation", models.PositiveIntegerField(default=1)),
                ("controls", models.TextField(default="{}")),
                ("policy", models.TextField(default="{}")),
                ("deadline_at", models.DateTimeField(null=True)),
                ("remind_after_seconds", models.PositiveIntegerField(null=True)),
                ("remind_interval_seconds", models.PositiveIntegerField(null=True)),
                ("max_reminders", models.PositiveIntegerField(null=True)),
                ("remind_count", models.PositiveIntegerField(default=0)),
                ("escalate_to", models.CharField(max_length=383, null=True)),
                ("max_delivery_attempts", models.PositiveIntegerField(null=True)),
                ("retry_count", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "changed_in",
                    models.BigIntegerField(
                        db_default=django.db.models.functions.comparison.Cast(
                            django.db.models.functions.comparison.Cast(
                                models.Func(function="pg_current_xact_id"), models.TextField()
                            ),
                            models.BigIntegerField(),
                        )
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("status__in", ["CANCELED", "COMPLETED", "FAILED", "TIMED_OUT"]), _negated=True),
                        fields=["workspace", "status", "-id"],
                        name="intent_live",
                    ),
                    models.Index(fields=["workspace", "mailbox", "-id"], name="intent_mailbox"),
                    models.Index(fields=["workspace", "sender", "-id"], name="intent_sender"),
                    models.Index(
                        condition=models.Q(("reply_mailbox__isnull", False)),
                        fields=["workspace", "reply_mailbox", "-id"],
                        name="intent_reply",
                    ),
                    models.Index(fields=["mailbox", "workspace", "changed_in", "id"], name="intent_changes_of_mailbox"),
                    models.Index(
                        condition=models.Q(
                            ("reply_mailbox__isnull", False),
                            ("status__in", ["CANCELED", "COMPLETED", "FAILED", "TIMED_OUT"]),
                        ),
                        fields=["workspace", "reply_mailbox", "changed_in", "id"],
                        name="intent_completion_changes",
                    ),
                    models.Index(
                        condition=models.Q(("parent_id__isnull", False)), fields=["parent_id", "id"], name="intent_children"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "id"), name="intent_in_workspace"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                [
                                    "CREATED",
                                    "SUBMITTED",
                                    "DELIVERED",
                                    "ACKNOWLEDGED",
                                    "IN_PROGRESS",
                                    "WAITING",
                                    "COMPLETED",
                                    "FAILED",
                                    "CANCELED",
                                    "TIMED_OUT",
                                ],
                            )
                        ),
                        name="intent_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("status", intents.engine.lifecycle.Status["WAITING"]),
                                (
                                    "waiting_reason__in",
                                    ["WAITING_FOR_HUMAN", "WAITING_FOR_TOOL", "WAITING_FOR_AGENT", "WAITING_FOR_TIME"],
                                ),
                            ),
                            models.Q(
                                models.Q(("status", intents.engine.lifecycle.Status["WAITING"]), _negated=True),
                                ("waiting_reason__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="intent_waits_for_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Media",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner", models.CharField(max_length=241)),
                ("owner_agent", models.CharField(max_length=383)),
                ("filename", models.CharField(max_length=255)),
                ("mime_type", models.CharField(max_length=127)),
                ("size_bytes", models.BigIntegerField()),
                ("declared_sha256", models.BinaryField(max_length=32, null=True)),
                ("received_bytes", models.BigIntegerField(null=True)),
                ("sha256", models.BinaryField(max_length=32, null=True)),
                ("created_by", models.CharField(max_length=383)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("finalized_at", models.DateTimeField(null=True)),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("sha256__isnull", False)), fields=["workspace", "sha256"], name="media_content"
                    ),
                    models.Index(
                        condition=models.Q(("finalized_at__isnull", True)), fields=["expires_at"], name="media_unfinished"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "id"), name="media_in_workspace"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("finalized_at__isnull", True),
                            models.Q(("received_bytes", models.F("size_bytes")), ("sha256__isnull", False)),
                            _connector="OR",
                        ),
                        name="media_finished_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("owner", "owner"),
                            ("admin", "admin"),
                            ("operator", "operator"),
                            ("approver", "approver"),
                            ("viewer", "viewer"),
                        ],
                        max_length=16,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "manager",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="intents.member"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="intents.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "user"), name="member_once"),
                    models.UniqueConstraint(fields=("workspace", "id"), name="member_in_workspace"),
                    models.CheckConstraint(
                        condition=models.Q(("manager", models.F("id")), _negated=True), name="member_manages_others"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonToken",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("hint", models.CharField(max_length=16)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tokens", to=settings.AUTH_USER_MODEL
                    ),
                ),
                ("workspace", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="intents.workspace")),
            ],
            options={
                "indexes": [],
                "constraints": [models.UniqueConstraint(fields=("fingerprint",), name="person_token_fingerprint_once")],
            },
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("nick", models.CharField(max_length=32)),
                ("display_name", models.CharField(blank=True, max_length=120)),
                ("phone", models.CharField(blank=True, max_length=32)),
                ("email", models.CharField(blank=True, max_length=255)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                (
                    "user",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
                ),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [
                    models.UniqueConstraint(fields=("workspace", "name"), name="profile_name_once"),
                    models.UniqueConstraint(fields=("workspace", "nick"), name="profile_nick_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Signal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("tool", models.CharField(max_length=120)),
                ("external_id", models.CharField(max_length=255)),
                ("result", models.TextField()),
                ("received_at", models.DateTimeField()),
                ("wait_id", models.UUIDField(null=True)),
                ("workspace", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="intents.workspace")),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("wait_id__isnull", True)), fields=["received_at"], name="signal_unclaimed"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("workspace", "tool", "external_id"), name="signal_once")],
            },
        ),
        migrations.CreateModel(
            name="AgentKey",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("scope", models.CharField(choices=[("workspace", "workspace"), ("own", "own")], max_length=16)),
                (
                    "tools",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), db_default=[], default=list, size=None
                    ),
                ),
                ("hint", models.CharField(max_length=32)),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("created_by", models.CharField(max_length=255)),
                ("created_with", models.CharField(blank=True, db_default="", default="", max_length=255)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "agent",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="intents.agent",
                    ),
                ),
                ("workspace", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="intents.workspace")),
            ],
            options={
                "indexes": [],
                "constraints": [models.UniqueConstraint(fields=("fingerprint",), name="agent_key_fingerprint_once")],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("binding", models.CharField(max_length=32)),
                ("target", models.CharField(max_length=383)),
                (
                    "state",
                    models.CharField(
                        choices=[("ready", "Ready"), ("leased", "Leased"), ("done", "Done"), ("dead", "Dead")],
                        default="ready",
                        max_length=8,
                    ),
                ),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("mailbox_seq", models.BigIntegerField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("lease_seconds", models.PositiveIntegerField(null=True)),
                ("lease_expires_at", models.DateTimeField(null=True)),
                ("holder_key_id", models.UUIDField(null=True)),
                ("carried_by", models.UUIDField(null=True)),
                ("begun_at", models.DateTimeField(null=True)),
                ("excused", models.BooleanField(db_default=False, default=False)),
                ("resume", models.TextField(null=True)),
                ("last_error", models.TextField(null=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "intent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="intents.intent",
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
                        condition=models.Q(("state", "ready")),
                        fields=["workspace", "binding", "target", "id"],
                        name="delivery_ready",
                    ),
                    models.Index(
                        condition=models.Q(("state", "ready"), models.Q(("binding", "pull"), _negated=True)),
                        fields=["binding", "id"],
                        name="delivery_own_work",
                    ),
                    models.Index(
                        condition=models.Q(("state", "leased")), fields=["lease_expires_at"], name="delivery_lease_due"
                    ),
                    models.Index(
                        condition=models.Q(("carried_by__isnull", False), ("state", "leased")),
                        fields=["carried_by"],
                        name="delivery_carried",
                    ),
                    models.Index(fields=["intent", "id"], name="delivery_of_intent"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("binding__in", ["pull", "http", "internal"]), ("state__in", ["ready", "leased"])
                        ),
                        fields=("intent",),
                        name="delivery_to_one_agent",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupMember",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="group_members",
                        to="intents.group",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="group_members", to="intents.member"
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [models.UniqueConstraint(fields=("group", "member"), name="group_member_once")],
            },
        ),
        migrations.CreateModel(
            name="HiddenEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("event_id", models.UUIDField()),
                ("name", models.CharField(max_length=241, null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "intent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hidden",
                        to="intents.intent",
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
                "indexes": [models.Index(fields=["intent"], name="hidden_of_intent")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("name__isnull", False)), fields=("event_id", "name"), name="hidden_entry_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("name__isnull", True)), fields=("event_id",), name="hidden_from_all_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IntentBody",
            fields=[
                (
                    "intent",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="body",
                        serialize=False,
                        to="intents.intent",
                    ),
                ),
                ("payload", models.TextField()),
                ("sent", models.TextField(null=True)),
                ("salt", models.BinaryField(max_length=16)),
                ("human_task", models.TextField(null=True)),
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
                "indexes": [],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="IntentEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                ("event_type", models.CharField(max_length=40)),
                ("status", models.CharField(max_length=16)),
                ("waiting_reason", models.CharField(max_length=20, null=True)),
                ("pending_type", models.CharField(max_length=16, null=True)),
                ("pending_ref", models.CharField(max_length=383, null=True)),
                ("handler", models.CharField(max_length=383, null=True)),
                ("actor", models.CharField(max_length=383)),
                ("at", models.DateTimeField()),
                ("details", models.TextField(null=True)),
                ("salt", models.BinaryField(max_length=16, null=True)),
                ("digest", models.BinaryField(max_length=32)),
                ("prev_hash", models.BinaryField(max_length=32)),
                ("hash", models.BinaryField(max_length=32)),
                ("trace_id", models.CharField(max_length=128)),
                ("request_id", models.CharField(max_length=128)),
                (
                    "intent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="intents.intent",
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
                "indexes": [],
                "constraints": [
                    models.UniqueConstraint(fields=("intent", "seq"), name="event_seq_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "event_type__in",
                                [
                                    "intent.created",
                                    "intent.submitted",
                                    "intent.delivered",
                                    "intent.acknowledged",
                                    "intent.in_progress",
                                    "intent.waiting",
                                    "intent.completed",
                                    "intent.failed",
                                    "intent.canceled",
                                    "intent.timed_out",
                                    "intent.transfer",
                                    "intent.reminder",
                                    "intent.escalated",
                                    "intent.delivery_failed",
                                    "intent.human_task_assigned",
                                    "intent.checkpoint",
                                    "intent.resumed",
                                    "intent.redelivered",
                                    "intent.question",
                                    "intent.answer",
                                    "intent.comment",
                                    "intent.policy_updated",
                                ],
                            )
                        ),
                        name="event_type_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IntentMedia",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "intent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="media",
                        to="intents.intent",
                    ),
                ),
                (
                    "media",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shown_in",
                        to="intents.media",
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
                "indexes": [],
                "constraints": [models.UniqueConstraint(fields=("intent", "media"), name="intent_media_once")],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("recipient_hint", models.CharField(blank=True, max_length=255)),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("owner", "owner"),
                            ("admin", "admin"),
                            ("operator", "operator"),
                            ("approver", "approver"),
                            ("viewer", "viewer"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "groups",
                    django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                ),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("invited_by", models.CharField(max_length=383)),
                ("owner_agent", models.CharField(blank=True, max_length=383)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL),
                ),
                (
                    "accepted_profile",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, to="intents.profile"),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="intents.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [
                    models.UniqueConstraint(fields=("fingerprint",), name="invitation_fingerprint_once"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("accepted_at", None), ("revoked_at", None), models.Q(("email", ""), _negated=True)
                        ),
                        fields=("workspace", "email"),
                        name="invitation_open_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StoredStep",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.CharField(max_length=255)),
                ("result", models.TextField()),
                ("actor", models.CharField(max_length=383)),
                ("created_at", models.DateTimeField()),
                (
                    "intent",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.intent"
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [models.UniqueConstraint(fields=("intent", "key"), name="step_once")],
            },
        ),
        migrations.CreateModel(
            name="ThreadViewer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=241)),
                ("handles", models.BooleanField()),
                ("created_at", models.DateTimeField()),
                (
                    "intent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="viewers",
                        to="intents.intent",
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
                "indexes": [models.Index(fields=["intent"], name="thread_viewers")],
                "constraints": [models.UniqueConstraint(fields=("workspace", "name", "intent"), name="thread_viewer_once")],
            },
        ),
        migrations.CreateModel(
            name="Timer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=32)),
                ("subject_id", models.UUIDField(null=True)),
                ("due_at", models.DateTimeField()),
                ("next_at", models.DateTimeField()),
                ("claim", models.UUIDField(null=True)),
                (
                    "intent",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="timers",
                        to="intents.intent",
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
                "indexes": [models.Index(fields=["next_at"], name="timer_next")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="Wait",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("reason", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("satisfied", "Satisfied"),
                            ("expired", "Expired"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=16,
                    ),
                ),
                ("spec", models.TextField()),
                ("tool", models.CharField(max_length=120, null=True)),
                ("external_id", models.CharField(max_length=255, null=True)),
                ("on_timeout", models.CharField(default="fail", max_length=32)),
                ("opened_at", models.DateTimeField()),
                ("deadline_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "intent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waits",
                        to="intents.intent",
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
                "indexes": [models.Index(fields=["intent", "id"], name="wait_of_intent")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")), fields=("intent",), name="wait_open_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("external_id__isnull", False), ("state", "open")),
                        fields=("workspace", "tool", "external_id"),
                        name="wait_for_job_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                ["WAITING_FOR_HUMAN", "WAITING_FOR_TOOL", "WAITING_FOR_AGENT", "WAITING_FOR_TIME"],
                            )
                        ),
                        name="wait_reason_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Callback",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("created_at", models.DateTimeField()),
                (
                    "intent",
                    models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to="intents.intent"),
                ),
                ("wait", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="intents.wait")),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"
                    ),
                ),
            ],
            options={
                "indexes": [],
                "constraints": [models.UniqueConstraint(fields=("fingerprint",), name="callback_fingerprint_once")],
            },
        ),
        migrations.CreateModel(
            name="Letter",
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
                ("to", models.EmailField(max_length=254)),
                ("subject", models.TextField()),
                ("sealed", models.BinaryField(null=True)),
                (
                    "invitation",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="letter",
                        to="intents.invitation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["ready", "leased"])), fields=["due_at"], name="letter_due"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at", None), ("sealed__isnull", False)),
                            models.Q(("ended_at__isnull", False), ("sealed", None)),
                            _connector="OR",
                        ),
                        name="letter_wiped_when_over",
                    )
                ],
            },
        ),
        migrations.RunPython(add_keys, migrations.RunPython.noop),
        migrations.RunSQL("CREATE SEQUENCE intents_mailbox_seq", "DROP SEQUENCE intents_mailbox_seq"),
        migrations.RunSQL(
            EVENT_HASH,
            "DROP FUNCTION intents_event_hash(bytea, uuid, int, text, text, text, text, text, timestamptz, bytea)",
        ),
        migrations.RunSQL(SEARCH, NO_SEARCH),
        migrations.RunSQL(NEWEST_KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(FOREIGN_KEYS, NO_FOREIGN_KEYS),
    ]
