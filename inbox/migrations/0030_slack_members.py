"""A member of Slack is linked to one person."""

from django.db import migrations, models

ONCE = models.UniqueConstraint(
    fields=["service"], condition=models.Q(("service__startswith", "slack:")), name="chat_address_member_once"
)
CREATE = [
    # What an attempt that was broken off left behind is no index.
    "DROP INDEX CONCURRENTLY IF EXISTS chat_address_member_once",
    "CREATE UNIQUE INDEX CONCURRENTLY chat_address_member_once ON inbox_chataddress (service) "
    "WHERE service::text LIKE 'slack:%'",
]


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0029_counted_lists")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE, "DROP INDEX CONCURRENTLY chat_address_member_once")],
            state_operations=[migrations.AddConstraint("chataddress", ONCE)],
        ),
    ]
