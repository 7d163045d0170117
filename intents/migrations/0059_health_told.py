"""What was told of an agent's health, and until when anybody could be heard."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("intents", "0058_run_step_of_child"),
    ]

    operations = [
        migrations.AddField("heartbeat", "stuck", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("heartbeat", "check_at", models.DateTimeField(db_default=Now(), null=True)),
        migrations.AddField("pulse", "heard_at", models.DateTimeField(null=True)),
        migrations.AddField("pulse", "hearing_since", models.DateTimeField(null=True)),
        AddIndexConcurrently("heartbeat", models.Index(fields=["check_at"], name="heartbeat_to_check")),
    ]
