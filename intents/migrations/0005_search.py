"""The words that intents are found by.

A new intent's words go to the index's list of pending ones, which a job merges: a submit neither sorts them in nor waits
for that. The list may grow to 64 MiB before a submit would have to do it.
"""

from django.db import migrations

COLUMN = """
ALTER TABLE intents_intentbody ADD COLUMN document tsvector;
CREATE INDEX intentbody_document ON intents_intentbody USING gin (document)
    WITH (fastupdate = on, gin_pending_list_limit = 65536);
"""


class Migration(migrations.Migration):
    dependencies = [("intents", "0004_threads")]

    operations = [migrations.RunSQL(COLUMN, "ALTER TABLE intents_intentbody DROP COLUMN document")]
