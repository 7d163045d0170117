"""What a person saw of a task when they looked last, and the time before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inbox", "0020_standing_grants")]

    operations = [
        migrations.AddField("readreceipt", "seq", models.PositiveIntegerField(null=True)),
        migrations.AddField("readreceipt", "revision", models.PositiveIntegerField(null=True)),
        migrations.AddField("readreceipt", "due_at", models.DateTimeField(null=True)),
        migrations.AddField("readreceipt", "at", models.DateTimeField(null=True)),
        migrations.AddField("readreceipt", "since_seq", models.PositiveIntegerField(null=True)),
        migrations.AddField("readreceipt", "since_revision", models.PositiveIntegerField(null=True)),
        migrations.AddField("readreceipt", "since_due_at", models.DateTimeField(null=True)),
        migrations.AddField("readreceipt", "since_at", models.DateTimeField(null=True)),
    ]
