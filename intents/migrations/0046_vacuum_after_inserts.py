"""Tables that are counted from indexes alone are vacuumed soon after rows were added.

Such a scan looks into the table for each row on a page that no vacuum has seen since: by itself PostgreSQL comes only when a
fifth of the table is new, at a million intents after 200,000 more. Until then the overview takes twice as long. A vacuum of
what was only added reads the new pages, and no index.
"""

from django.db import migrations

TABLES = ("intents_intent", "intents_wait", "intents_delivery")
SOON = "autovacuum_vacuum_insert_scale_factor = 0.01, autovacuum_vacuum_insert_threshold = 5000"
CHANGED = "autovacuum_vacuum_scale_factor = 0.05"
NAMES = "autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold, autovacuum_vacuum_scale_factor"


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0045_person_erasures"),
    ]

    operations = [
        migrations.RunSQL(f"ALTER TABLE {table} SET ({SOON}, {CHANGED})", f"ALTER TABLE {table} RESET ({NAMES})")
        for table in TABLES
    ]
