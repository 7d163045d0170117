"""What may have been overturned is counted without looking at each decision."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0027_thoughts_by_hour")]

    operations = [
        AddIndexConcurrently(
            "decision",
            models.Index(
                fields=["workspace", "id"],
                condition=Q(("final", False), ("void_reason__in", ["returned", "taken_back"]), _connector="OR"),
                name="decision_overturned",
            ),
        ),
    ]
