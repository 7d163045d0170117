"""How long people think is kept by the hour, and so is what was sent back: of all together it is read at once."""

from django.contrib.postgres.fields import ArrayField
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0026_tasks_by_amount")]

    operations = [
        migrations.AddField("decidinghour", "returned", models.PositiveIntegerField(db_default=0, default=0)),
        migrations.AddField("decidinghour", "thoughts", ArrayField(models.FloatField(), db_default=[], default=list)),
        migrations.AddField("decidinghour", "others", ArrayField(models.FloatField(), db_default=[], default=list)),
    ]
