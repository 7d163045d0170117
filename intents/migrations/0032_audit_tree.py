"""The Merkle tree of all events, and its signed checkpoints."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0031_hourly_counts"),
    ]

    operations = [
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
    ]
