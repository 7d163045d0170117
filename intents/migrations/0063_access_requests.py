"""Who asks for access, and what was decided."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0062_schemas_and_quotas"),
    ]

    operations = [
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
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
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
    ]
