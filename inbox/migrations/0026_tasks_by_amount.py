"""What waits is listed by its amount without all of it being put in order first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Func, Q
from django.db.models.functions import Collate


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0025_payload_path_kept_at")]

    operations = [
        AddIndexConcurrently(
            "task",
            models.Index(
                F("workspace"),
                Collate("currency", "C"),
                Func(template="(-amount)", output_field=models.DecimalField()),
                F("id"),
                condition=Q(("state__in", ["claimed", "open"]), ("amount__isnull", False)),
                name="task_by_amount",
            ),
        ),
    ]
