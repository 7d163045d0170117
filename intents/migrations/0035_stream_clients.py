"""How many clients each process has connected."""

from django.db import migrations, models

COUNTS = ("streams", "polls", "sockets")


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0034_reruns"),
    ]

    operations = [
        migrations.AddField("instance", name, models.PositiveIntegerField(db_default=0, default=0)) for name in COUNTS
    ]
