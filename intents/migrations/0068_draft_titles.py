"""What drafts of scenarios are called."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0067_agent_sessions"),
    ]

    operations = [
        migrations.AddField(
            model_name="scenariodraft",
            name="title",
            field=models.CharField(db_default="", default="", max_length=255),
        ),
    ]
