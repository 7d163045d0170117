"""Files, and the intents that show them."""

import django.db.models.deletion
from django.db import migrations, models

import intents.models.base

FOREIGN_KEYS = """
ALTER TABLE intents_intentmedia ADD CONSTRAINT intentmedia_intent_same_workspace
    FOREIGN KEY (workspace_id, intent_id) REFERENCES intents_intent (workspace_id, id) ON DELETE CASCADE;
ALTER TABLE intents_intentmedia ADD CONSTRAINT intentmedia_media_same_workspace
    FOREIGN KEY (workspace_id, media_id) REFERENCES intents_media (workspace_id, id);
"""
NO_FOREIGN_KEYS = """
ALTER TABLE intents_intentmedia DROP CONSTRAINT intentmedia_intent_same_workspace;
ALTER TABLE intents_intentmedia DROP CONSTRAINT intentmedia_media_same_workspace;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0008_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="Media",
            fields=[
                (
                    "id",
                    models.UUIDField(default=intents.models.base.new_id, editable=False, primary_key=True, serialize=False),
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
        ),
        migrations.CreateModel(
            name="IntentMedia",
            fields=[
                (
                    "id",
                    models.UUIDField(default=intents.models.base.new_id, editable=False, primary_key=True, serialize=False),
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
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="intents.workspace",
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
            ],
        ),
        migrations.AddIndex(
            model_name="media",
            index=models.Index(
                condition=models.Q(("sha256__isnull", False)), fields=["workspace", "sha256"], name="media_content"
            ),
        ),
        migrations.AddIndex(
            model_name="media",
            index=models.Index(
                condition=models.Q(("finalized_at__isnull", True)), fields=["expires_at"], name="media_unfinished"
            ),
        ),
        migrations.AddConstraint(
            model_name="media",
            constraint=models.UniqueConstraint(fields=("workspace", "id"), name="media_in_workspace"),
        ),
        migrations.AddConstraint(
            model_name="media",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("finalized_at__isnull", True),
                    models.Q(("received_bytes", models.F("size_bytes")), ("sha256__isnull", False)),
                    _connector="OR",
                ),
                name="media_finished_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="intentmedia",
            constraint=models.UniqueConstraint(fields=("intent", "media"), name="intent_media_once"),
        ),
        migrations.RunSQL(FOREIGN_KEYS, NO_FOREIGN_KEYS),
    ]
