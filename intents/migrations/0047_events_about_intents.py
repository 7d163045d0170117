"""What happens about an intent beside its own history, as to a task, says which intent that is."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0046_vacuum_after_inserts"),
    ]

    operations = [
        migrations.AddField(
            model_name="workspaceevent",
            name="intent_id",
            field=models.UUIDField(null=True),
        ),
    ]
