from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0019_who_is_behind"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="after_decision",
            field=models.CharField(
                choices=[("next", "The next task"), ("stay", "The same task"), ("back", "The list")],
                db_default="next",
                default="next",
                max_length=8,
            ),
        ),
    ]
