"""For how long a workspace keeps what is over, and what stays on record of what was erased."""

import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0035_stream_clients"),
    ]

    operations = [
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
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="retention_due")
                ],
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
    ]
