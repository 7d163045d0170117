"""Sessions of command lines, and what they ask to be signed in by."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0065_mesh_events_by_type"),
    ]

    operations = [
        migrations.AddField(
            model_name="persontoken",
            name="provider",
            field=models.CharField(max_length=32, null=True),
        ),
        migrations.CreateModel(
            name="CommandLine",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("seed", models.BinaryField(max_length=16)),
                ("key_fingerprint", models.BinaryField(max_length=32)),
                ("generation", models.PositiveIntegerField(default=1)),
                ("refreshed_at", models.DateTimeField()),
                ("device", models.CharField(blank=True, max_length=255)),
                ("address", models.CharField(blank=True, max_length=64)),
                (
                    "agent_key",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="command_line",
                        to="intents.agentkey",
                    ),
                ),
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="command_line", to="intents.persontoken"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CommandLineGrant",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("user_code", models.CharField(max_length=9)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("sealed", models.BinaryField(null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "Pending"), ("approved", "Approved"), ("refused", "Refused"), ("used", "Used")],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("provider", models.CharField(blank=True, max_length=32)),
                ("device", models.CharField(blank=True, max_length=255)),
                ("address", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "line",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="intents.commandline"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="intents.workspace"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BrowserTicket",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("fingerprint", models.BinaryField(max_length=32)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "token",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="intents.persontoken"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["expires_at"], name="browser_ticket_expiry")],
                "constraints": [models.UniqueConstraint(fields=("fingerprint",), name="browser_ticket_once")],
            },
        ),
        migrations.AddConstraint(
            model_name="commandline",
            constraint=models.UniqueConstraint(fields=("key_fingerprint",), name="command_line_key_once"),
        ),
        migrations.AddIndex(
            model_name="commandlinegrant",
            index=models.Index(fields=["expires_at"], name="command_line_grant_expiry"),
        ),
        migrations.AddConstraint(
            model_name="commandlinegrant",
            constraint=models.UniqueConstraint(fields=("fingerprint",), name="command_line_grant_once"),
        ),
    ]
