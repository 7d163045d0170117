"""What a delivery does, said by its own columns instead of the name of its binding.

Rows that an older version writes meanwhile count as both, so that each is found: whoever looks for deliveries of a binding
names it as well. Rows that are done with stay as they are.
"""

from django.db import migrations, models

BACKFILL = """
UPDATE intents_delivery SET hands_out = binding <> 'parent', by_server = binding <> 'pull'
WHERE state IN ('ready', 'leased')
"""


class Migration(migrations.Migration):
    dependencies = [("intents", "0023_letter_to")]

    safe_because = {
        "RunSQL intents_delivery": "only deliveries that are still open, found by their index, each locked for seconds"
    }

    operations = [
        migrations.AddField(
            model_name="delivery",
            name="hands_out",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="delivery",
            name="by_server",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.RunSQL(BACKFILL, migrations.RunSQL.noop),
    ]
