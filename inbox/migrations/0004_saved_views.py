"""Views of the list of intents that people keep, and the columns they see."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0003_read_receipts"),
        ("intents", "0029_lists_of_operations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
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
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to="intents.workspace"),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "workspace"), name="shown_columns_once")],
            },
        ),
    ]
