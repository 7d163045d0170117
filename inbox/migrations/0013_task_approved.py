"""Values that were approved in the place of those proposed, by whom a decision's receipt was redeemed, and what a task is about
in money."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inbox", "0012_votes_checked"),
    ]

    operations = [
        migrations.AddField(
            model_name="task",
            name="approved",
            field=models.TextField(null=True),
        ),
        migrations.AddField("task", "amount", models.DecimalField(decimal_places=12, max_digits=40, null=True)),
        migrations.AddField("task", "currency", models.CharField(db_default="", default="", max_length=8)),
        migrations.AddField(
            model_name="decision",
            name="redeemed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="decision",
            name="redeemed_by",
            field=models.CharField(max_length=400, null=True),
        ),
    ]
