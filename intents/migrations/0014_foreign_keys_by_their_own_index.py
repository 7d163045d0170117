"""No index that a foreign key's check could take for its own: while a table has never been analysed they look alike to
PostgreSQL, and it read all intents of the workspace for each check."""

import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("intents", "0013_managers_and_owners"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="intent",
            index=models.Index(fields=["mailbox", "workspace", "changed_in", "id"], name="intent_changes_of_mailbox"),
        ),
        RemoveIndexConcurrently(model_name="intent", name="intent_thread_changes"),
        migrations.AlterField(
            model_name="agent",
            name="workspace",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="agents",
                to="intents.workspace",
            ),
        ),
    ]
