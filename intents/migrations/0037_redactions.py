"""That a person's address was replaced in events."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0036_retention"),
    ]

    operations = [
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
    ]
