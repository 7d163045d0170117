"""People keep views of their lists of tasks as they do of intents."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0014_tasks_by_risk")]

    operations = [
        migrations.AddField("savedview", "of", models.CharField(db_default="intents", default="intents", max_length=8)),
        migrations.AddField("savedview", "tab", models.CharField(db_default="", default="", max_length=12)),
        migrations.AddField("savedview", "sort", models.CharField(db_default="", default="", max_length=8)),
    ]
