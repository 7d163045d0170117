"""The intent whose task asks owners and admins about an access request."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0068_draft_titles"),
    ]

    operations = [
        migrations.AddField(
            model_name="accessrequest",
            name="task_intent_id",
            field=models.UUIDField(null=True),
        ),
    ]
