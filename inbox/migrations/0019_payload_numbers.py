"""Numbers of payloads are kept where people look for them, so that no list of what is open reads payloads again."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0018_display_names"),
        ("intents", "0050_sign_in"),
    ]

    operations = [
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
    ]
