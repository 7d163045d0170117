"""Tools that know one address alone, and why calls there were refused."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models

ID = models.UUIDField(default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False)
TYPES = models.CharField(max_length=100)


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0048_webhooks_not_arrived"),
    ]

    operations = [
        migrations.AddField(
            model_name="tool",
            name="external_id_at",
            field=models.CharField(db_default="", default="", max_length=255),
        ),
        migrations.AddField(
            model_name="tool",
            name="event_type_at",
            field=models.CharField(db_default="", default="", max_length=255),
        ),
        migrations.AddField(
            model_name="tool",
            name="event_types",
            field=django.contrib.postgres.fields.ArrayField(base_field=TYPES, db_default=[], default=list, size=None),
        ),
        migrations.CreateModel(
            name="RefusedIncoming",
            fields=[
                ("id", ID),
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
    ]
