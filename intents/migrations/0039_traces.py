"""Where traces go on, and the span that a submitter named."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0038_counts_of_waiting"),
    ]

    operations = [
        migrations.CreateModel(
            name="TraceCursor",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("next_leaf", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="trace_cursor_is_one_row")],
            },
        ),
        migrations.AddField("intentevent", "parent_span", models.CharField(max_length=16, null=True)),
    ]
