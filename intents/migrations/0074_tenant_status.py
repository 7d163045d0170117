"""Organizations and workspaces in which nothing goes on."""

from django.db import migrations, models

STATUS = models.CharField(
    choices=[("active", "Active"), ("pending", "Pending"), ("suspended", "Suspended"), ("archived", "Archived")],
    default="active",
    db_default="active",
    max_length=16,
)


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0073_pending_stops"),
    ]

    operations = [
        migrations.AddField("organization", "status", STATUS),
        migrations.AddField("organization", "by_operator", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("workspace", "status", STATUS),
        migrations.AddField("workspace", "by_operator", models.BooleanField(default=False, db_default=False)),
    ]
