"""What steps ended with is found by the intents that did them, when those are erased."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("intents", "0057_absences"),
    ]

    operations = [
        AddIndexConcurrently(
            "runstep",
            models.Index(fields=["child_id"], condition=Q(("child_id__isnull", False)), name="run_step_of_child"),
        ),
    ]
