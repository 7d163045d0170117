"""An index by which the letters to one address are counted."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("intents", "0022_tries")]

    operations = [
        AddIndexConcurrently("letter", models.Index(fields=["to", "created_at"], name="letter_to")),
    ]
