"""People are erased slice by slice, with how far that is; and changes of a retention are counted."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0044_folded_by_version"),
    ]

    operations = [
        migrations.AddField(
            model_name="retention",
            name="revision",
            field=models.PositiveIntegerField(db_default=1, default=1),
        ),
        migrations.CreateModel(
            name="PersonErasure",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("ordered_by", models.CharField(max_length=383)),
                ("ordered_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("lease_token", models.UUIDField(null=True)),
                ("part", models.CharField(default="", max_length=128)),
                ("reached", models.TextField(null=True)),
                ("place", models.PositiveSmallIntegerField(default=0)),
                ("places", models.PositiveSmallIntegerField(default=0)),
                ("replaced", models.PositiveBigIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                ("failure", models.TextField(default="")),
                (
                    "workspace",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="intents.workspace",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="personerasure_due")
                ],
            },
        ),
    ]
