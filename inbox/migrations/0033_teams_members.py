"""A member of Teams is linked to one person."""

from django.db import migrations, models

ONCE = models.UniqueConstraint(
    fields=["service"], condition=models.Q(("service__startswith", "teams:")), name="chat_address_teams_once"
)
CREATE = [
    # What an attempt that was broken off left behind is no index.
    "DROP INDEX CONCURRENTLY IF EXISTS chat_address_teams_once",
    "CREATE UNIQUE INDEX CONCURRENTLY chat_address_teams_once ON inbox_chataddress (service) "
    "WHERE service::text LIKE 'teams:%'",
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0032_chat_conversations")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE, "DROP INDEX CONCURRENTLY chat_address_teams_once")],
            state_operations=[migrations.AddConstraint("chataddress", ONCE)],
        ),
    ]
