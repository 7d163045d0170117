"""The indexes over what deliveries do name no binding. Each new one is there before the old one goes."""

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

HANDED_TO_ONE = models.UniqueConstraint(
    fields=["intent"],
    condition=models.Q(("hands_out", True), ("state__in", ["ready", "leased"])),
    name="delivery_handed_to_one",
)
CREATE = [
    # What an attempt that was broken off left behind is no index.
    "DROP INDEX CONCURRENTLY IF EXISTS delivery_handed_to_one",
    "CREATE UNIQUE INDEX CONCURRENTLY delivery_handed_to_one ON intents_delivery (intent_id) "
    "WHERE hands_out AND state IN ('ready', 'leased')",
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("intents", "0024_delivery_hands_out")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE, "DROP INDEX CONCURRENTLY delivery_handed_to_one")],
            state_operations=[migrations.AddConstraint("delivery", HANDED_TO_ONE)],
        ),
        AddIndexConcurrently(
            "delivery",
            models.Index(
                fields=["binding", "id"],
                condition=models.Q(("by_server", True), ("state", "ready")),
                name="delivery_by_server",
            ),
        ),
        migrations.RemoveConstraint("delivery", "delivery_to_one_agent"),
        RemoveIndexConcurrently("delivery", "delivery_own_work"),
    ]
