"""The waits of an intent are found without reading all waits."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("intents", "0010_invitations"),
    ]

    operations = [
        AddIndexConcurrently(model_name="wait", index=models.Index(fields=["intent", "id"], name="wait_of_intent")),
    ]
