"""Whether a workspace shows who looks at a task."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intents", "0055_scenarios")]

    operations = [
        migrations.AddField("workspace", "shows_presence", models.BooleanField(db_default=True, default=True)),
    ]
