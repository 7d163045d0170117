"""By which version of the server an hour was counted: those of older ones are counted anew, with what they did not keep."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0043_feed"),
    ]

    operations = [
        migrations.AddField(
            model_name="foldedhour",
            name="version",
            field=models.PositiveSmallIntegerField(db_default=1, default=1),
        ),
    ]
