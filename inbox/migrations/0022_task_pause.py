"""How the clock of a task stands still while its agent is asked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0021_last_looks")]

    operations = [migrations.AddField("task", "pause", models.TextField(null=True))]
