"""When an address was shown to be its user's: for all who are registered so far, now."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("intents", "0025_delivery_indexes_by_column")]

    operations = [
        migrations.AddField("user", "email_verified_at", models.DateTimeField(null=True, db_default=Now())),
    ]
