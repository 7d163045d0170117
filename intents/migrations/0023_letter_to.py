"""An index by which the letters to one address are counted."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intents", "0022_tries")]

    operations = [
        migrations.AddIndex("letter", models.Index(fields=["to", "created_at"], name="letter_to")),
    ]
