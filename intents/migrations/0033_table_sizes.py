"""How large tables are, day by day."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0032_audit_tree"),
    ]

    operations = [
        migrations.CreateModel(
            name="TableSize",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("name", models.CharField(max_length=63)),
                ("bytes", models.BigIntegerField()),
                ("rows", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("day", "name"), name="table_size_once")],
            },
        ),
    ]
