from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0015_letters"),
    ]

    operations = [
        migrations.AddField(
            model_name="intentbody",
            name="sent",
            field=models.TextField(null=True),
        ),
    ]
