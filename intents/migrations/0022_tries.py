"""The table in which tries at signing in are counted, and used codes kept, for all processes together."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("intents", "0021_organizations")]

    # As Django's createcachetable makes it, which cannot run while migrating.
    operations = [
        migrations.RunSQL(
            [
                "CREATE TABLE intents_tries ("
                "cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL)",
                "CREATE INDEX intents_tries_expires ON intents_tries (expires)",
            ],
            "DROP TABLE intents_tries",
        ),
    ]
