"""How many intents large lists hold is counted once, of what is old."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0028_decisions_overturned"),
        ("intents", "0067_agent_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="CountedList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("words", models.TextField()),
                ("edge", models.UUIDField()),
                ("number", models.BigIntegerField()),
                ("counted_at", models.DateTimeField()),
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
                "constraints": [models.UniqueConstraint(fields=("workspace", "words"), name="list_counted_once")],
            },
        ),
    ]
