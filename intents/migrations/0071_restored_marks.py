"""The lines of audit logs that say that the server was restored from a backup, looked at every few seconds."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("intents", "0070_access_tasks_asked"),
    ]

    operations = [
        AddIndexConcurrently(
            "auditentry",
            models.Index(fields=["workspace", "-id"], condition=Q(action="server.restored"), name="audit_restored"),
        ),
    ]
