"""Where workspaces are that were moved to another PostgreSQL."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0074_tenant_status"),
    ]

    operations = [
        migrations.CreateModel(
            "Placement",
            [
                ("workspace_id", models.UUIDField(primary_key=True, serialize=False)),
                ("path", models.CharField(max_length=241)),
                ("cell", models.CharField(max_length=32)),
                (
                    "state",
                    models.CharField(choices=[("moving", "Moving"), ("moved", "Moved"), ("here", "Here")], max_length=8),
                ),
                ("move", models.UUIDField()),
                ("arrived", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
