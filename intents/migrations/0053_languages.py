"""The language that people and workspaces are written to in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0052_mesh"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
        migrations.AddField(
            model_name="workspace",
            name="language",
            field=models.CharField(db_default="en", default="en", max_length=8),
        ),
    ]
