"""Emails by their name, in the models alone: the table keeps the name it has."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intents", "0027_pushes")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelTable("letter", "intents_letter"),
                migrations.RenameModel("Letter", "Email"),
                migrations.AlterField(
                    "email",
                    "invitation",
                    models.OneToOneField(
                        "intents.Invitation",
                        django.db.models.deletion.CASCADE,
                        null=True,
                        related_name="outgoing_email",
                    ),
                ),
            ],
        ),
    ]
