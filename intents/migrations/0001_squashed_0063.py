"""Every table of the domain, and what the ORM cannot say: foreign keys that cannot cross workspaces, the mailbox sequence, the
event hash in SQL, the words by which an intent is found, and how tables are vacuumed.

What a first start runs instead of the migrations up to 0063, which stay for databases that have had some of them. The tables
are the same by either way, each with its columns in the same order (tests/runtime/test_squashed.py).
"""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import intents.engine.lifecycle
import intents.kernel.models
from intents.kernel.tables import Tables

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
    (
        "intents_refusedcall",
        "refusedcall_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_scenariorun",
        "run_same_workspace",
        "workspace_id, intent_id",
        "intents_intent (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    ("intents_runstep", "run_step_of_its_run", "run_id", "intents_scenariorun (intent_id)", "ON DELETE CASCADE"),
    (
        "intents_absence",
        "absence_member_same_workspace",
        "workspace_id, member_id",
        "intents_member (workspace_id, id)",
        "ON DELETE CASCADE",
    ),
    (
        "intents_absence",
        "absence_stand_in_same_workspace",
        "workspace_id, stand_in_id",
        "intents_member (workspace_id, id)",
        "ON DELETE SET NULL (stand_in_id)",
    ),
    (
        "intents_scenariodraft",
        "scenario_draft_of_a_member",
        "workspace_id, user_id",
        "intents_member (workspace_id, user_id)",
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

# As Django's createcachetable makes it, which cannot run while migrating.
TRIES = """
CREATE TABLE intents_tries (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
CREATE INDEX intents_tries_expires ON intents_tries (expires);
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

# Tables that are counted from indexes alone are vacuumed soon after rows were added.
VACUUMED = ("intents_intent", "intents_wait", "intents_delivery")
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
        ("intents", "0001_squashed_0020"),
        ("intents", "0021_organizations"),
        ("intents", "0022_tries"),
        ("intents", "0023_letter_to"),
        ("intents", "0024_delivery_hands_out"),
        ("intents", "0025_delivery_indexes_by_column"),
        ("intents", "0026_user_email_verified"),
        ("intents", "0027_pushes"),
        ("intents", "0028_email_names"),
        ("intents", "0029_lists_of_operations"),
        ("intents", "0030_audit_findings"),
        ("intents", "0031_hourly_counts"),
        ("intents", "0032_audit_tree"),
        ("intents", "0033_table_sizes"),
        ("intents", "0034_reruns"),
        ("intents", "0035_stream_clients"),
        ("intents", "0036_retention"),
        ("intents", "0037_redactions"),
        ("intents", "0038_counts_of_waiting"),
        ("intents", "0039_traces"),
        ("intents", "0040_webhooks"),
        ("intents", "0041_endpoint_health"),
        ("intents", "0042_tools"),
        ("intents", "0043_feed"),
        ("intents", "0044_folded_by_version"),
        ("intents", "0045_person_erasures"),
        ("intents", "0046_vacuum_after_inserts"),
        ("intents", "0047_events_about_intents"),
        ("intents", "0048_webhooks_not_arrived"),
        ("intents", "0049_tool_addresses"),
        ("intents", "0050_sign_in"),
        ("intents", "0051_completions_by_http"),
        ("intents", "0052_mesh"),
        ("intents", "0053_languages"),
        ("intents", "0054_agent_policies"),
        ("intents", "0055_scenarios"),
        ("intents", "0056_shows_presence"),
        ("intents", "0057_absences"),
        ("intents", "0058_run_step_of_child"),
        ("intents", "0059_health_told"),
        ("intents", "0060_mesh_baselines"),
        ("intents", "0061_scenario_drafts"),
        ("intents", "0062_schemas_and_quotas"),
        ("intents", "0063_access_requests"),
    ]

    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        Tables(
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
                            choices=[("comfortable", "Comfortable"), ("dense", "Dense")],
                            default="comfortable",
                            max_length=16,
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
                    (
                        "email_verified_at",
                        models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), null=True),
                    ),
                    ("language", models.CharField(blank=True, db_default="", default="", max_length=8)),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                            name="user_email_lower",
                        )
                    ],
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
                    ("legal_name", models.CharField(blank=True, db_default="", max_length=255)),
                    ("metadata", models.JSONField(db_default={}, default=dict)),
                    ("primary_domain", models.CharField(blank=True, db_default="", max_length=255)),
                ],
                options={
                    "abstract": False,
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
                    (
                        "environment",
                        models.CharField(
                            choices=[("sandbox", "Sandbox"), ("staging", "Staging"), ("production", "Production")],
                            db_default="production",
                            default="production",
                            max_length=16,
                        ),
                    ),
                    ("region", models.CharField(blank=True, db_default="", max_length=64)),
                    ("language", models.CharField(db_default="en", default="en", max_length=8)),
                    ("shows_presence", models.BooleanField(db_default=True, default=True)),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("organization", "slug"), name="workspace_slug_once")],
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
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="memberships",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    (
                        "workspace",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE, related_name="members", to="intents.workspace"
                        ),
                    ),
                    ("suspended_at", models.DateTimeField(null=True)),
                ],
                options={
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
                name="Absence",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
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
                            null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="intents.member"
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
                        models.CheckConstraint(
                            condition=models.Q(("until__gt", models.F("start"))), name="absence_takes_time"
                        ),
                        models.CheckConstraint(
                            condition=models.Q(("stand_in", models.F("member")), _negated=True), name="absence_of_another"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="AccessRequest",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "kind",
                        models.CharField(
                            choices=[
                                ("create_organization", "Create"),
                                ("join_organization", "Join"),
                                ("elevated_role", "Role"),
                                ("quota_upgrade", "Quota"),
                            ],
                            max_length=24,
                        ),
                    ),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("pending", "Pending"),
                                ("approved", "Approved"),
                                ("rejected", "Rejected"),
                                ("waitlisted", "Waitlisted"),
                            ],
                            default="pending",
                            max_length=16,
                        ),
                    ),
                    ("requester", models.CharField(max_length=383)),
                    ("asked_by", models.CharField(max_length=383)),
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
                    ("company_name", models.CharField(blank=True, max_length=255)),
                    ("tier", models.CharField(blank=True, max_length=64)),
                    ("justification", models.TextField(blank=True)),
                    ("reviewer", models.CharField(blank=True, max_length=383)),
                    ("comment", models.TextField(blank=True)),
                    ("reviewed_at", models.DateTimeField(null=True)),
                    ("created_at", models.DateTimeField()),
                    ("updated_at", models.DateTimeField()),
                    (
                        "user",
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
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["workspace", "-id"], name="access_request_newest")],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("state__in", ["pending", "waitlisted"])),
                            fields=("workspace", "requester", "kind", "role"),
                            name="access_request_open_once",
                        )
                    ],
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
                    ("signing", models.BinaryField(null=True)),
                ],
                options={
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
                    "constraints": [models.UniqueConstraint(fields=("fingerprint",), name="agent_key_fingerprint_once")],
                },
            ),
            migrations.CreateModel(
                name="AgentPolicy",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(blank=True, max_length=241)),
                    ("max_intents_per_hour", models.PositiveIntegerField(null=True)),
                    ("max_intents_per_day", models.PositiveIntegerField(null=True)),
                    ("max_cost_per_day_usd", models.DecimalField(decimal_places=12, max_digits=24, null=True)),
                    ("max_cost_per_intent_usd", models.DecimalField(decimal_places=12, max_digits=24, null=True)),
                    (
                        "action_on_breach",
                        models.CharField(
                            choices=[("block", "Block"), ("alert", "Alert"), ("pause", "Pause"), ("kill", "Kill")],
                            max_length=8,
                            null=True,
                        ),
                    ),
                    (
                        "allowed_intent_types",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=255), null=True, size=None
                        ),
                    ),
                    (
                        "denied_intent_types",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=255), null=True, size=None
                        ),
                    ),
                    (
                        "allowed_tools",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=120), null=True, size=None
                        ),
                    ),
                    (
                        "denied_tools",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=120), null=True, size=None
                        ),
                    ),
                    ("updated_by", models.CharField(max_length=255)),
                    ("updated_at", models.DateTimeField()),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                    (
                        "action_on_anomaly",
                        models.CharField(
                            choices=[("note", "Note"), ("alert", "Alert"), ("pause", "Pause"), ("kill", "Kill")],
                            max_length=8,
                            null=True,
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "name"), name="agent_policy_once"),
                        models.CheckConstraint(
                            condition=models.Q(
                                ("max_cost_per_day_usd__isnull", True), ("max_cost_per_day_usd__gte", 0), _connector="OR"
                            ),
                            name="agent_policy_costs",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="AgentStop",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=241)),
                    (
                        "state",
                        models.CharField(
                            choices=[("paused", "Paused"), ("quarantined", "Quarantined"), ("killed", "Killed")],
                            max_length=16,
                        ),
                    ),
                    ("reason", models.CharField(blank=True, max_length=500)),
                    ("by", models.CharField(max_length=255)),
                    ("by_policy", models.BooleanField(db_default=False, default=False)),
                    ("at", models.DateTimeField()),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("workspace", "name"), name="agent_stop_once")],
                },
            ),
            migrations.CreateModel(
                name="Attempt",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("message_id", models.UUIDField()),
                    ("number", models.PositiveSmallIntegerField()),
                    ("ended_at", models.DateTimeField()),
                    ("milliseconds", models.PositiveIntegerField(null=True)),
                    ("status", models.PositiveSmallIntegerField(null=True)),
                    ("fault", models.CharField(max_length=16, null=True)),
                    ("answer", models.TextField(null=True)),
                    ("warning", models.TextField(null=True)),
                    ("retry_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("message_id", "number"), name="attempt_once")],
                },
            ),
            migrations.CreateModel(
                name="AuditCheckpoint",
                fields=[
                    ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                    ("note", models.TextField()),
                    ("made_at", models.DateTimeField()),
                    ("sent_at", models.DateTimeField(null=True)),
                ],
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
                },
            ),
            migrations.CreateModel(
                name="AuditFinding",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("rule", models.TextField()),
                    ("intent_id", models.UUIDField(null=True)),
                    ("first_seen_at", models.DateTimeField()),
                    ("last_seen_at", models.DateTimeField()),
                    ("counts_at", models.DateTimeField()),
                    ("resolved_at", models.DateTimeField(null=True)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            to="intents.workspace",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("resolved_at__isnull", False)),
                            fields=["resolved_at"],
                            name="finding_resolved",
                        )
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("resolved_at__isnull", True)),
                            fields=("rule", "intent_id"),
                            name="finding_open_once",
                            nulls_distinct=False,
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="AuditLeaf",
                fields=[
                    ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                    ("event_id", models.UUIDField()),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("event_id",), name="audit_leaf_once")],
                },
            ),
            migrations.CreateModel(
                name="AuditProgress",
                fields=[
                    ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                    ("recent", models.UUIDField()),
                    ("walked", models.UUIDField()),
                    ("size", models.PositiveIntegerField()),
                    ("lap_began_at", models.DateTimeField()),
                    ("lap_ended_at", models.DateTimeField(null=True)),
                    ("passed_at", models.DateTimeField(null=True)),
                    ("passed_by", models.BigIntegerField(default=0)),
                ],
                options={
                    "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="audit_progress_is_one_row")],
                },
            ),
            migrations.CreateModel(
                name="AuditTile",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    ("level", models.SmallIntegerField()),
                    ("index", models.BigIntegerField()),
                    ("hashes", models.BinaryField()),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("level", "index"), name="audit_tile_once")],
                },
            ),
            migrations.CreateModel(
                name="AuditTree",
                fields=[
                    ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                    ("size", models.BigIntegerField()),
                    ("looked_from", models.UUIDField()),
                    ("thorough_at", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="audit_tree_is_one_row")],
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
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"
                        ),
                    ),
                    ("rerun_of_id", models.UUIDField(null=True)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(
                                ("status__in", ["CANCELED", "COMPLETED", "FAILED", "TIMED_OUT"]), _negated=True
                            ),
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
                            condition=models.Q(("parent_id__isnull", False)),
                            fields=["parent_id", "id"],
                            name="intent_children",
                        ),
                        models.Index(
                            condition=models.Q(
                                models.Q(("status__in", ["CANCELED", "COMPLETED", "FAILED", "TIMED_OUT"]), _negated=True),
                                ("deadline_at__isnull", False),
                            ),
                            fields=["workspace", "deadline_at"],
                            name="intent_due",
                        ),
                        models.Index(
                            condition=models.Q(("status__in", ["CANCELED", "COMPLETED", "FAILED", "TIMED_OUT"])),
                            fields=["workspace", "status", "updated_at"],
                            name="intent_ended",
                        ),
                        models.Index(
                            condition=models.Q(
                                models.Q(("status__in", ["CANCELED", "COMPLETED", "FAILED", "TIMED_OUT"]), _negated=True),
                                ("retry_count__gt", 0),
                            ),
                            fields=["workspace", "id"],
                            name="intent_retried",
                        ),
                        models.Index(
                            condition=models.Q(("rerun_of_id__isnull", False)), fields=["rerun_of_id"], name="intent_reruns"
                        ),
                        models.Index(
                            condition=models.Q(("status", "WAITING")),
                            fields=["workspace", "waiting_reason", "-id"],
                            name="intent_waits_for",
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
                    "indexes": [
                        models.Index(fields=["intent", "id"], name="wait_of_intent"),
                        models.Index(
                            condition=models.Q(("reason__in", ["WAITING_FOR_AGENT", "WAITING_FOR_TOOL"]), ("state", "open")),
                            fields=["workspace", "deadline_at"],
                            name="wait_for_programs",
                        ),
                        models.Index(
                            condition=models.Q(("state", "open")),
                            fields=["workspace", "reason", "opened_at"],
                            include=("id", "intent"),
                            name="wait_since",
                        ),
                    ],
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
                        models.ForeignKey(
                            db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to="intents.intent"
                        ),
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
                    "constraints": [models.UniqueConstraint(fields=("fingerprint",), name="callback_fingerprint_once")],
                },
            ),
            migrations.CreateModel(
                name="ClaimGrant",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("provider", models.CharField(max_length=32)),
                    ("role", models.CharField(blank=True, max_length=16)),
                    ("role_before", models.CharField(blank=True, max_length=16)),
                    (
                        "groups",
                        django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None),
                    ),
                    ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to=settings.AUTH_USER_MODEL)),
                    ("workspace", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="intents.workspace")),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "user", "provider"), name="claim_grant_once")
                    ],
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
                    "constraints": [
                        models.UniqueConstraint(
                            models.F("workspace"), django.db.models.functions.text.Lower("name"), name="group_name_once"
                        ),
                        models.UniqueConstraint(fields=("workspace", "id"), name="group_in_workspace"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="ClaimMapping",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("provider", models.CharField(max_length=32)),
                    ("claim", models.CharField(max_length=120)),
                    ("value", models.CharField(max_length=255)),
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
                    ("created_at", models.DateTimeField()),
                    ("group", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to="intents.group")),
                    (
                        "workspace",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="claim_mappings",
                            to="intents.workspace",
                        ),
                    ),
                ],
                options={
                    "abstract": False,
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
                    ("hands_out", models.BooleanField(db_default=True, default=True)),
                    ("by_server", models.BooleanField(db_default=True, default=True)),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state", "ready")),
                            fields=["workspace", "binding", "target", "id"],
                            name="delivery_ready",
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
                        models.Index(
                            condition=models.Q(("by_server", True), ("state", "ready")),
                            fields=["binding", "id"],
                            name="delivery_by_server",
                        ),
                        models.Index(
                            condition=models.Q(
                                models.Q(("attempt__gte", 1), ("hands_out", True), ("state", "ready")),
                                models.Q(("attempt__gte", 2), ("hands_out", True), ("state", "leased")),
                                _connector="OR",
                            ),
                            fields=["workspace", "intent"],
                            name="delivery_again",
                        ),
                        models.Index(
                            condition=models.Q(("state", "dead")), fields=["workspace", "intent"], name="delivery_dead"
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("hands_out", True), ("state__in", ["ready", "leased"])),
                            fields=("intent",),
                            name="delivery_handed_to_one",
                        )
                    ],
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
                        models.ForeignKey(
                            null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
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
                        models.UniqueConstraint(fields=("workspace", "name"), name="profile_name_once"),
                        models.UniqueConstraint(fields=("workspace", "nick"), name="profile_nick_once"),
                    ],
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
                        models.ForeignKey(
                            null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL
                        ),
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
                name="Email",
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
                            related_name="outgoing_email",
                            to="intents.invitation",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state__in", ["ready", "leased"])), fields=["due_at"], name="letter_due"
                        ),
                        models.Index(fields=["to", "created_at"], name="letter_to"),
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
                    "db_table": "intents_letter",
                },
            ),
            migrations.CreateModel(
                name="EndpointHealth",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("failing_since", models.DateTimeField()),
                    ("marked_at", models.DateTimeField()),
                    ("marked_before", models.DateTimeField(null=True)),
                    ("told", models.PositiveSmallIntegerField(default=0)),
                    ("faults", models.PositiveIntegerField(default=0)),
                    ("probe_at", models.DateTimeField(null=True)),
                    ("disabled_at", models.DateTimeField(null=True)),
                    (
                        "disabled_reason",
                        models.CharField(choices=[("failing", "Failing"), ("gone", "Gone")], max_length=8, null=True),
                    ),
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
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("disabled_at", None), ("disabled_reason", None)),
                                models.Q(("disabled_at__isnull", False), ("disabled_reason__isnull", False)),
                                _connector="OR",
                            ),
                            name="endpoint_disabled_for_a_reason",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Erasure",
                fields=[
                    ("intent_id", models.UUIDField(primary_key=True, serialize=False)),
                    ("status", models.CharField(max_length=16)),
                    ("seq", models.PositiveIntegerField()),
                    ("last_hash", models.BinaryField(max_length=32)),
                    ("at", models.DateTimeField()),
                    ("by", models.CharField(max_length=383)),
                    ("reason", models.CharField(max_length=16)),
                    ("kept", models.TextField()),
                    ("removed_at", models.DateTimeField(null=True)),
                    ("signature", models.BinaryField(max_length=64)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="intents.workspace",
                        ),
                    ),
                ],
            ),
            migrations.CreateModel(
                name="FanOutCursor",
                fields=[
                    ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                    ("seq", models.BigIntegerField()),
                ],
                options={
                    "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="fan_out_cursor_is_one_row")],
                },
            ),
            migrations.CreateModel(
                name="FeedConsumer",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("owner", models.CharField(max_length=241)),
                    ("name", models.CharField(max_length=120)),
                    ("cursor", models.BigIntegerField()),
                    ("leased_to", models.BigIntegerField(null=True)),
                    ("leased_until", models.DateTimeField(null=True)),
                    ("created_at", models.DateTimeField()),
                    ("updated_at", models.DateTimeField()),
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
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "owner", "name"), name="feed_consumer_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="FeedEntry",
                fields=[
                    ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="intents.workspace",
                        ),
                    ),
                    ("event_id", models.UUIDField()),
                    ("of_intent", models.BooleanField()),
                    ("event_type", models.CharField(max_length=64)),
                    ("at", models.DateTimeField()),
                ],
                options={
                    "indexes": [models.Index(fields=["workspace", "seq"], name="feed_of_workspace")],
                    "constraints": [models.UniqueConstraint(fields=("event_id",), name="feed_event_once")],
                },
            ),
            migrations.CreateModel(
                name="FeedState",
                fields=[
                    ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                    ("last_seq", models.BigIntegerField()),
                    ("pruned_seq", models.BigIntegerField()),
                    ("kept_from", models.DateTimeField()),
                    ("looked_from", models.UUIDField()),
                    ("newest", models.UUIDField()),
                    ("wide_looks", models.BigIntegerField()),
                    ("wide_at", models.DateTimeField()),
                ],
                options={
                    "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="feed_state_is_one_row")],
                },
            ),
            migrations.CreateModel(
                name="FoldedHour",
                fields=[
                    ("hour", models.DateTimeField(primary_key=True, serialize=False)),
                    ("fence", models.BigIntegerField(null=True)),
                    ("final", models.BooleanField(default=False)),
                    ("version", models.PositiveSmallIntegerField(db_default=1, default=1)),
                ],
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
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("group", "member"), name="group_member_once")],
                },
            ),
            migrations.CreateModel(
                name="Heartbeat",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=241)),
                    ("interval_seconds", models.FloatField()),
                    ("declared", models.BooleanField(default=False)),
                    ("count", models.PositiveBigIntegerField(default=1)),
                    ("first_at", models.DateTimeField()),
                    ("up_since", models.DateTimeField()),
                    ("last_at", models.DateTimeField()),
                    ("metrics", models.TextField(default="{}")),
                    ("metadata", models.TextField(default="{}")),
                    ("health", models.CharField(blank=True, db_default="", default="", max_length=16)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                    ("stuck", models.BooleanField(db_default=False, default=False)),
                    ("check_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), null=True)),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("workspace", "name"), name="heartbeat_of_agent")],
                    "indexes": [models.Index(fields=["check_at"], name="heartbeat_to_check")],
                },
            ),
            migrations.CreateModel(
                name="HeartbeatReceipt",
                fields=[
                    ("id", models.BigAutoField(primary_key=True, serialize=False)),
                    ("name", models.CharField(max_length=241)),
                    ("digest", models.BinaryField(max_length=32)),
                    ("at", models.DateTimeField()),
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
                    "indexes": [models.Index(fields=["at"], name="heartbeat_receipt_at")],
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "name", "digest"), name="heartbeat_counted_once")
                    ],
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
                            condition=models.Q(("name__isnull", False)),
                            fields=("event_id", "name"),
                            name="hidden_entry_once",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("name__isnull", True)), fields=("event_id",), name="hidden_from_all_once"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="HourlyCount",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    ("hour", models.DateTimeField()),
                    ("measure", models.CharField(max_length=16)),
                    ("label", models.CharField(max_length=40)),
                    ("bucket", models.PositiveSmallIntegerField()),
                    ("count", models.PositiveBigIntegerField()),
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
                    "indexes": [models.Index(fields=["hour"], name="hourlycount_hour")],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("workspace", "hour", "measure", "label", "bucket"), name="hourlycount_once"
                        )
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
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["created_at"], name="idempotency_oldest")],
                    "constraints": [
                        models.UniqueConstraint(fields=("account_id", "route", "key"), name="idempotency_key_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="Identity",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("issuer", models.CharField(max_length=512)),
                    ("subject", models.CharField(max_length=255)),
                    ("created_at", models.DateTimeField()),
                    ("last_used_at", models.DateTimeField()),
                    (
                        "user",
                        models.ForeignKey(
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="identities",
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("issuer", "subject"), name="identity_once")],
                },
            ),
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
                    ("streams", models.PositiveIntegerField(db_default=0, default=0)),
                    ("polls", models.PositiveIntegerField(db_default=0, default=0)),
                    ("sockets", models.PositiveIntegerField(db_default=0, default=0)),
                ],
                options={
                    "indexes": [models.Index(fields=["heartbeat_at"], name="instance_heartbeat")],
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
                    ("parent_span", models.CharField(max_length=16, null=True)),
                ],
                options={
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
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("sha256__isnull", False)),
                            fields=["workspace", "sha256"],
                            name="media_content",
                        ),
                        models.Index(
                            condition=models.Q(("finalized_at__isnull", True)),
                            fields=["expires_at"],
                            name="media_unfinished",
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
                    "constraints": [models.UniqueConstraint(fields=("intent", "media"), name="intent_media_once")],
                },
            ),
            migrations.CreateModel(
                name="MeshBaseline",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=241)),
                    ("hour", models.DateTimeField()),
                    ("hours", models.PositiveIntegerField()),
                    ("cost_median", models.FloatField()),
                    ("cost_spread", models.FloatField()),
                    ("intents_median", models.FloatField()),
                    ("intents_spread", models.FloatField()),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("workspace", "name"), name="mesh_baseline_once")],
                },
            ),
            migrations.CreateModel(
                name="MeshBreach",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=241)),
                    ("limit", models.CharField(max_length=32)),
                    ("period", models.CharField(max_length=32)),
                    ("action", models.CharField(max_length=8)),
                    ("details", models.TextField(default="{}")),
                    ("at", models.DateTimeField()),
                    ("task_intent_id", models.UUIDField(null=True)),
                    ("lifted_at", models.DateTimeField(null=True)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["workspace", "-id"], name="mesh_breach_newest"),
                        models.Index(
                            condition=models.Q(("lifted_at", None)), fields=["task_intent_id"], name="mesh_breach_asked"
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "name", "limit", "period"), name="mesh_breach_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="MeshEvent",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=241)),
                    ("event_type", models.CharField(max_length=40)),
                    ("details", models.TextField(default="{}")),
                    ("actor", models.CharField(max_length=255)),
                    ("at", models.DateTimeField()),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["workspace", "-id"], name="mesh_event_newest"),
                        models.Index(fields=["workspace", "name", "-id"], name="mesh_event_of_agent"),
                    ],
                },
            ),
            migrations.CreateModel(
                name="MeshHour",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=241)),
                    ("hour", models.DateTimeField()),
                    ("intent_type", models.CharField(blank=True, max_length=255)),
                    ("model", models.CharField(blank=True, max_length=120)),
                    ("intents", models.PositiveBigIntegerField(default=0)),
                    ("succeeded", models.PositiveBigIntegerField(default=0)),
                    ("failed", models.PositiveBigIntegerField(default=0)),
                    ("latency_ms", models.DecimalField(decimal_places=6, default=0, max_digits=24)),
                    ("cost_usd", models.DecimalField(decimal_places=12, default=0, max_digits=24)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(fields=["workspace", "name", "hour"], name="mesh_hour_of_agent"),
                        models.Index(fields=["hour"], name="mesh_hour_of_all"),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            fields=("workspace", "hour", "name", "intent_type", "model"), name="mesh_hour_once"
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="MeshMeter",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=241)),
                    ("hour", models.DateTimeField()),
                    ("hour_count", models.PositiveIntegerField(default=0)),
                    ("day", models.DateTimeField()),
                    ("day_count", models.PositiveIntegerField(default=0)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("workspace", "name"), name="mesh_meter_once")],
                },
            ),
            migrations.CreateModel(
                name="MeshReservation",
                fields=[
                    (
                        "intent",
                        models.OneToOneField(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            primary_key=True,
                            serialize=False,
                            to="intents.intent",
                        ),
                    ),
                    ("name", models.CharField(max_length=241)),
                    ("amount", models.DecimalField(decimal_places=12, max_digits=24)),
                    ("told", models.DecimalField(db_default=0, decimal_places=12, default=0, max_digits=24)),
                    ("budget", models.DecimalField(decimal_places=12, max_digits=24)),
                    ("taken", models.DecimalField(decimal_places=12, max_digits=24)),
                    ("at", models.DateTimeField()),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["workspace", "name"], name="mesh_reservation_of_agent")],
                },
            ),
            migrations.CreateModel(
                name="PersonErasure",
                fields=[
                    (
                        "user",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.PROTECT,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to=settings.AUTH_USER_MODEL,
                        ),
                    ),
                    ("ordered_by", models.CharField(max_length=383)),
                    ("ordered_at", models.DateTimeField()),
                    ("due_at", models.DateTimeField(null=True)),
                    ("lease_token", models.UUIDField(null=True)),
                    ("part", models.CharField(default="", max_length=128)),
                    ("reached", models.TextField(null=True)),
                    ("place", models.PositiveSmallIntegerField(default=0)),
                    ("places", models.PositiveSmallIntegerField(default=0)),
                    ("replaced", models.PositiveBigIntegerField(default=0)),
                    ("ended_at", models.DateTimeField(null=True)),
                    ("failure", models.TextField(default="")),
                    (
                        "workspace",
                        models.ForeignKey(
                            null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="personerasure_due"
                        )
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
                    "constraints": [models.UniqueConstraint(fields=("fingerprint",), name="person_token_fingerprint_once")],
                },
            ),
            migrations.CreateModel(
                name="Pulse",
                fields=[
                    ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                    ("looked_at", models.DateTimeField()),
                    ("resumed_at", models.DateTimeField(null=True)),
                    ("heard_at", models.DateTimeField(null=True)),
                    ("hearing_since", models.DateTimeField(null=True)),
                ],
                options={
                    "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="pulse_is_one_row")],
                },
            ),
            migrations.CreateModel(
                name="Push",
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
                    ("lease_token", models.UUIDField()),
                    ("body", models.TextField(null=True)),
                    (
                        "agent",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="intents.agent",
                        ),
                    ),
                    (
                        "delivery",
                        models.ForeignKey(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="pushes",
                            to="intents.delivery",
                        ),
                    ),
                ],
                options={
                    "indexes": [
                        models.Index(
                            condition=models.Q(("state__in", ["ready", "leased"])),
                            fields=["agent", "due_at"],
                            name="push_due_of_agent",
                        ),
                        models.Index(
                            condition=models.Q(("state__in", ["ready", "leased"])), fields=["due_at"], name="push_due"
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="QuotaPolicy",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("limits", models.JSONField(default=dict)),
                    ("soft_threshold_percent", models.PositiveSmallIntegerField(default=80)),
                    ("hard_enforcement", models.BooleanField(default=True)),
                    (
                        "overage_mode",
                        models.CharField(
                            choices=[("block", "Block"), ("grace", "Grace"), ("bill_overage", "Bill")],
                            default="block",
                            max_length=16,
                        ),
                    ),
                    ("revision", models.PositiveIntegerField(default=1)),
                    ("updated_by", models.CharField(max_length=383)),
                    ("updated_at", models.DateTimeField()),
                    (
                        "workspace",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE, related_name="quota_policy", to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(("soft_threshold_percent__gte", 1), ("soft_threshold_percent__lte", 100)),
                            name="quota_policy_threshold",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="Redaction",
                fields=[
                    ("event_id", models.UUIDField(primary_key=True, serialize=False)),
                    ("intent_id", models.UUIDField()),
                    ("at", models.DateTimeField()),
                    ("signature", models.BinaryField(max_length=64)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="intents.workspace",
                        ),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["intent_id"], name="redaction_of_intent")],
                },
            ),
            migrations.CreateModel(
                name="RefusedCall",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("tool", models.CharField(max_length=120)),
                    ("at", models.DateTimeField()),
                    ("reason", models.CharField(max_length=500)),
                    (
                        "intent",
                        models.ForeignKey(
                            db_constraint=False, on_delete=django.db.models.deletion.CASCADE, to="intents.intent"
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
                    "indexes": [models.Index(fields=["workspace", "tool", "id"], name="refused_call_of_tool")],
                },
            ),
            migrations.CreateModel(
                name="Tool",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("name", models.CharField(max_length=120)),
                    ("style", models.CharField(max_length=16)),
                    ("header", models.CharField(default="", max_length=120)),
                    ("timestamp_header", models.CharField(default="", max_length=120)),
                    ("tolerance_seconds", models.PositiveIntegerField()),
                    ("signing", models.BinaryField()),
                    ("secret_set_at", models.DateTimeField()),
                    ("old_secrets_until", models.DateTimeField(null=True)),
                    ("created_at", models.DateTimeField()),
                    ("created_by", models.CharField(max_length=383)),
                    ("updated_at", models.DateTimeField()),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                    ("external_id_at", models.CharField(db_default="", default="", max_length=255)),
                    ("event_type_at", models.CharField(db_default="", default="", max_length=255)),
                    (
                        "event_types",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=100), db_default=[], default=list, size=None
                        ),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("workspace", "name"), name="tool_name_once")],
                },
            ),
            migrations.CreateModel(
                name="RefusedIncoming",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("reason", models.CharField(max_length=500)),
                    ("first_at", models.DateTimeField()),
                    ("at", models.DateTimeField()),
                    (
                        "tool",
                        models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.tool"),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("tool", "reason"), name="refused_incoming_once")],
                },
            ),
            migrations.CreateModel(
                name="RemovedEvent",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("intent_id", models.UUIDField()),
                    ("seq", models.PositiveIntegerField()),
                    ("hash", models.BinaryField(max_length=32)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="intents.workspace",
                        ),
                    ),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("intent_id", "seq"), name="removed_event_once")],
                },
            ),
            migrations.CreateModel(
                name="Retention",
                fields=[
                    (
                        "workspace",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE,
                            primary_key=True,
                            related_name="+",
                            serialize=False,
                            to="intents.workspace",
                        ),
                    ),
                    ("rules", models.TextField()),
                    ("changed_at", models.DateTimeField()),
                    ("changed_by", models.CharField(max_length=383)),
                    ("due_at", models.DateTimeField(null=True)),
                    ("lease_token", models.UUIDField(null=True)),
                    ("began_at", models.DateTimeField(null=True)),
                    ("ended_at", models.DateTimeField(null=True)),
                    ("place", models.PositiveSmallIntegerField(default=0)),
                    ("reached_at", models.DateTimeField(null=True)),
                    ("reached_id", models.UUIDField(null=True)),
                    ("erased", models.PositiveBigIntegerField(default=0)),
                    ("removed", models.PositiveBigIntegerField(default=0)),
                    ("held", models.PositiveBigIntegerField(default=0)),
                    ("revision", models.PositiveIntegerField(db_default=1, default=1)),
                ],
                options={
                    "indexes": [
                        models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="retention_due")
                    ],
                },
            ),
            migrations.CreateModel(
                name="ScenarioVersion",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("scenario_id", models.CharField(max_length=255)),
                    ("version", models.PositiveIntegerField()),
                    ("title", models.CharField(max_length=255)),
                    ("digest", models.BinaryField(max_length=32)),
                    ("document", models.TextField()),
                    ("program", models.TextField()),
                    ("created_by", models.CharField(max_length=383)),
                    ("created_at", models.DateTimeField()),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "scenario_id", "version"), name="scenario_version_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="ScenarioRun",
                fields=[
                    (
                        "intent",
                        models.OneToOneField(
                            db_constraint=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            primary_key=True,
                            related_name="run",
                            serialize=False,
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
                    (
                        "version",
                        models.ForeignKey(
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="runs",
                            to="intents.scenarioversion",
                        ),
                    ),
                    ("applied_by", models.CharField(default="", max_length=254)),
                    ("defaults", models.TextField(default="{}")),
                ],
                options={
                    "indexes": [models.Index(fields=["version", "-intent"], name="run_of_version")],
                },
            ),
            migrations.CreateModel(
                name="RunStep",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("number", models.PositiveIntegerField()),
                    ("step_id", models.CharField(max_length=100)),
                    ("kind", models.CharField(max_length=32)),
                    ("attempt", models.PositiveIntegerField(default=1)),
                    (
                        "state",
                        models.CharField(
                            choices=[
                                ("retrying", "Retrying"),
                                ("running", "Running"),
                                ("succeeded", "Succeeded"),
                                ("failed", "Failed"),
                                ("reused", "Reused"),
                            ],
                            default="running",
                            max_length=16,
                        ),
                    ),
                    ("child_id", models.UUIDField(null=True)),
                    ("started_at", models.DateTimeField()),
                    ("ended_at", models.DateTimeField(null=True)),
                    ("result", models.TextField(null=True)),
                    ("error", models.TextField(null=True)),
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
                        "run",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="steps",
                            to="intents.scenariorun",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("run", "number"), name="run_step_once"),
                        models.UniqueConstraint(
                            condition=models.Q(("state__in", ["retrying", "running"])),
                            fields=("run",),
                            name="run_at_one_step",
                        ),
                    ],
                    "indexes": [
                        models.Index(
                            condition=models.Q(("child_id__isnull", False)), fields=["child_id"], name="run_step_of_child"
                        )
                    ],
                },
            ),
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
                            condition=models.Q(("base__gt", 0)),
                            fields=("workspace", "user", "scenario_id"),
                            name="scenario_draft_once",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="SemanticSchema",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("base", models.CharField(max_length=255)),
                    ("version", models.PositiveIntegerField()),
                    ("semantic_type", models.CharField(max_length=255)),
                    (
                        "mode",
                        models.CharField(
                            choices=[("strict", "Strict"), ("backward", "Backward"), ("warn", "Warn")], max_length=16
                        ),
                    ),
                    ("active", models.BooleanField(default=True)),
                    ("document", models.TextField()),
                    ("digest", models.BinaryField(max_length=32)),
                    ("schema_ref", models.CharField(blank=True, max_length=512)),
                    ("owner_agent", models.CharField(blank=True, max_length=383)),
                    ("updated_by", models.CharField(max_length=383)),
                    ("created_at", models.DateTimeField()),
                    ("updated_at", models.DateTimeField()),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "base", "version"), name="semantic_schema_once"),
                        models.UniqueConstraint(fields=("workspace", "semantic_type"), name="semantic_schema_of_type"),
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
                    ("provider", models.CharField(db_default="", default="", max_length=32)),
                ],
                options={
                    "indexes": [models.Index(fields=["expires_at"], name="session_expiry")],
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
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "tool", "external_id"), name="signal_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="SignInRules",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    (
                        "requires",
                        models.CharField(
                            blank=True,
                            choices=[
                                ("", "None"),
                                ("second_factor", "Second Factor"),
                                ("passkey", "Passkey"),
                                ("oidc", "Oidc"),
                            ],
                            default="",
                            max_length=16,
                        ),
                    ),
                    (
                        "roles",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=16), default=list, size=None
                        ),
                    ),
                    ("grace_days", models.PositiveSmallIntegerField(default=0)),
                    ("since", models.DateTimeField()),
                    ("session_hours", models.PositiveIntegerField(null=True)),
                    ("idle_minutes", models.PositiveIntegerField(null=True)),
                    ("revision", models.PositiveIntegerField(default=1)),
                    (
                        "workspace",
                        models.OneToOneField(
                            on_delete=django.db.models.deletion.CASCADE, related_name="sign_in_rules", to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "abstract": False,
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
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            to="intents.intent",
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
                    "constraints": [models.UniqueConstraint(fields=("intent", "key"), name="step_once")],
                },
            ),
            migrations.CreateModel(
                name="Subscription",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("owner_agent", models.CharField(blank=True, default="", max_length=241)),
                    ("callback_url", models.CharField(max_length=2048)),
                    (
                        "event_types",
                        django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), size=None),
                    ),
                    (
                        "agents",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=241), default=list, size=None
                        ),
                    ),
                    (
                        "intent_types",
                        django.contrib.postgres.fields.ArrayField(
                            base_field=models.CharField(max_length=255), default=list, size=None
                        ),
                    ),
                    (
                        "payload",
                        models.CharField(choices=[("thin", "Thin"), ("full", "Full")], default="full", max_length=4),
                    ),
                    ("description", models.CharField(blank=True, default="", max_length=255)),
                    ("metadata", models.JSONField(default=dict)),
                    ("rate_per_second", models.FloatField(null=True)),
                    ("paced_until", models.DateTimeField(null=True)),
                    ("ordered", models.BooleanField(default=False)),
                    ("max_in_flight", models.PositiveSmallIntegerField(default=4)),
                    ("signing_kind", models.CharField(default="hmac", max_length=7)),
                    ("signing", models.BinaryField()),
                    ("secret_hint", models.CharField(max_length=32)),
                    ("active", models.BooleanField(default=True)),
                    ("disabled_at", models.DateTimeField(null=True)),
                    (
                        "disabled_reason",
                        models.CharField(
                            choices=[("person", "Person"), ("gone", "Gone"), ("failing", "Failing")], max_length=8, null=True
                        ),
                    ),
                    ("after_seq", models.BigIntegerField(default=0)),
                    ("created_by", models.CharField(max_length=383)),
                    ("created_at", models.DateTimeField()),
                    ("updated_at", models.DateTimeField()),
                    ("revoked_at", models.DateTimeField(null=True)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"
                        ),
                    ),
                    (
                        "completions_of",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            null=True,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="+",
                            to="intents.agent",
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.CheckConstraint(
                            condition=models.Q(
                                models.Q(("active", True), ("disabled_at", None), ("disabled_reason", None)),
                                models.Q(
                                    ("active", False), ("disabled_at__isnull", False), ("disabled_reason__isnull", False)
                                ),
                                _connector="OR",
                            ),
                            name="subscription_says_why",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("completions_of", None), ("revoked_at__isnull", True)),
                            fields=("workspace", "owner_agent", "callback_url"),
                            name="subscription_once",
                        ),
                        models.UniqueConstraint(
                            condition=models.Q(("revoked_at__isnull", True)),
                            fields=("completions_of",),
                            name="subscription_of_completions_once",
                        ),
                    ],
                },
            ),
            migrations.CreateModel(
                name="TableSize",
                fields=[
                    ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                    ("day", models.DateField()),
                    ("name", models.CharField(max_length=63)),
                    ("bytes", models.BigIntegerField()),
                    ("rows", models.BigIntegerField()),
                ],
                options={
                    "constraints": [models.UniqueConstraint(fields=("day", "name"), name="table_size_once")],
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
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "name", "intent"), name="thread_viewer_once")
                    ],
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
                },
            ),
            migrations.CreateModel(
                name="TraceCursor",
                fields=[
                    ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                    ("next_leaf", models.BigIntegerField()),
                ],
                options={
                    "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="trace_cursor_is_one_row")],
                },
            ),
            migrations.CreateModel(
                name="UsageMeter",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("dimension", models.CharField(max_length=40)),
                    ("day", models.DateField()),
                    ("used", models.BigIntegerField(default=0)),
                    ("warned_at", models.DateTimeField(null=True)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"
                        ),
                    ),
                ],
                options={
                    "constraints": [
                        models.UniqueConstraint(fields=("workspace", "day", "dimension"), name="usage_meter_once")
                    ],
                },
            ),
            migrations.CreateModel(
                name="UsedSignature",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("fingerprint", models.BinaryField(max_length=64)),
                    ("expires_at", models.DateTimeField()),
                    (
                        "tool",
                        models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.tool"),
                    ),
                ],
                options={
                    "indexes": [models.Index(fields=["expires_at"], name="used_signature_expires")],
                    "constraints": [models.UniqueConstraint(fields=("tool", "fingerprint"), name="signature_used_once")],
                },
            ),
            migrations.CreateModel(
                name="WebhookMessage",
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
                    ("event_id", models.UUIDField()),
                    ("event_type", models.CharField(max_length=100)),
                    ("intent_id", models.UUIDField(null=True)),
                    ("body", models.TextField(null=True)),
                    ("replay_of", models.UUIDField(null=True)),
                    (
                        "subscription",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.CASCADE,
                            related_name="messages",
                            to="intents.subscription",
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
                            condition=models.Q(("state__in", ["ready", "leased"])),
                            fields=["subscription", "due_at"],
                            name="webhook_due_of_endpoint",
                        ),
                        models.Index(
                            condition=models.Q(("state__in", ["ready", "leased"])), fields=["due_at"], name="webhook_due"
                        ),
                        models.Index(
                            condition=models.Q(("state__in", ["ready", "leased"]), ("intent_id__isnull", False)),
                            fields=["subscription", "intent_id", "created_at", "id"],
                            name="webhook_in_order",
                        ),
                        models.Index(fields=["workspace", "-id"], name="webhook_newest"),
                        models.Index(fields=["subscription", "-id"], name="webhook_newest_of_endpoint"),
                        models.Index(
                            condition=models.Q(("state__in", ["failed", "skipped"])),
                            fields=["workspace", "-id"],
                            name="webhook_not_arrived",
                        ),
                        models.Index(
                            condition=models.Q(("intent_id__isnull", False)), fields=["intent_id"], name="webhook_of_intent"
                        ),
                        models.Index(fields=["event_id"], name="webhook_of_event"),
                        models.Index(
                            condition=models.Q(("state__in", ["failed", "skipped"])),
                            fields=["subscription", "state", "-id"],
                            name="webhook_not_arrived_there",
                        ),
                    ],
                    "constraints": [
                        models.UniqueConstraint(
                            condition=models.Q(("replay_of__isnull", True)),
                            fields=("subscription", "event_id"),
                            name="webhook_once",
                        )
                    ],
                },
            ),
            migrations.CreateModel(
                name="WorkspaceEvent",
                fields=[
                    (
                        "id",
                        models.UUIDField(
                            default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                        ),
                    ),
                    ("event_type", models.CharField(max_length=64)),
                    ("source", models.CharField(max_length=16)),
                    ("subject", models.CharField(max_length=383)),
                    ("actor", models.CharField(max_length=383)),
                    ("at", models.DateTimeField()),
                    ("details", models.TextField()),
                    ("trace_id", models.CharField(max_length=128)),
                    ("request_id", models.CharField(max_length=128)),
                    (
                        "workspace",
                        models.ForeignKey(
                            db_constraint=False,
                            db_index=False,
                            on_delete=django.db.models.deletion.PROTECT,
                            related_name="+",
                            to="intents.workspace",
                        ),
                    ),
                    ("intent_id", models.UUIDField(null=True)),
                ],
                options={
                    "abstract": False,
                    "indexes": [
                        models.Index(
                            condition=models.Q(("intent_id__isnull", False)),
                            fields=["intent_id"],
                            name="workspace_event_of_intent",
                        )
                    ],
                },
            ),
        ),
        migrations.RunPython(add_keys, migrations.RunPython.noop),
        migrations.RunSQL("CREATE SEQUENCE intents_mailbox_seq", "DROP SEQUENCE intents_mailbox_seq"),
        migrations.RunSQL(
            EVENT_HASH,
            "DROP FUNCTION intents_event_hash(bytea, uuid, int, text, text, text, text, text, timestamptz, bytea)",
        ),
        migrations.RunSQL(TRIES, "DROP TABLE intents_tries"),
        migrations.RunSQL(SEARCH, NO_SEARCH),
        migrations.RunSQL(NEWEST_KEYS, migrations.RunSQL.noop),
        migrations.RunSQL(FOREIGN_KEYS, NO_FOREIGN_KEYS),
        migrations.RunSQL(VACUUM_SOON, migrations.RunSQL.noop),
    ]
