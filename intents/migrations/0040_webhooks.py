"""Endpoints, what is posted to them, and how far in the feed that was made."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models


class Migration(migrations.Migration):
    dependencies = [
        ("intents", "0039_traces"),
    ]

    operations = [
        migrations.CreateModel(
            name="FanOutCursor",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="fan_out_cursor_is_one_row")],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("owner_agent", models.CharField(blank=True, default="", max_length=241)),
                ("callback_url", models.CharField(max_length=2048)),
                (
                    "event_types",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=100), size=None),
                ),
                (
                    "agents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=241), default=list, size=None
                    ),
                ),
                (
                    "intent_types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=255), default=list, size=None
                    ),
                ),
                ("payload", models.CharField(choices=[("thin", "Thin"), ("full", "Full")], default="full", max_length=4)),
                ("description", models.CharField(blank=True, default="", max_length=255)),
                ("metadata", models.JSONField(default=dict)),
                ("rate_per_second", models.FloatField(null=True)),
                ("paced_until", models.DateTimeField(null=True)),
                ("ordered", models.BooleanField(default=False)),
                ("max_in_flight", models.PositiveSmallIntegerField(default=4)),
                (
                    "signing_kind",
                    models.CharField(default="hmac", max_length=7),
                ),
                ("signing", models.BinaryField()),
                ("secret_hint", models.CharField(max_length=32)),
                ("active", models.BooleanField(default=True)),
                ("disabled_at", models.DateTimeField(null=True)),
                (
                    "disabled_reason",
                    models.CharField(
                        choices=[("person", "Person"), ("gone", "Gone"), ("failing", "Failing")], max_length=8, null=True
                    ),
                ),
                ("after_seq", models.BigIntegerField(default=0)),
                ("created_by", models.CharField(max_length=383)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "workspace",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="intents.workspace"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WebhookMessage",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ready", "Ready"),
                            ("leased", "Leased"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("skipped", "Skipped"),
                        ],
                        default="ready",
                        max_length=8,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("answer", models.TextField(null=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("event_id", models.UUIDField()),
                ("event_type", models.CharField(max_length=100)),
                ("intent_id", models.UUIDField(null=True)),
                ("body", models.TextField(null=True)),
                ("replay_of", models.UUIDField(null=True)),
                (
                    "subscription",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="messages",
                        to="intents.subscription",
                    ),
                ),
                (
                    "workspace",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="intents.workspace",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at__isnull", True)),
                fields=("workspace", "owner_agent", "callback_url"),
                name="subscription_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("active", True), ("disabled_at", None), ("disabled_reason", None)),
                    models.Q(("active", False), ("disabled_at__isnull", False), ("disabled_reason__isnull", False)),
                    _connector="OR",
                ),
                name="subscription_says_why",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(
                condition=models.Q(("state__in", ["ready", "leased"])),
                fields=["subscription", "due_at"],
                name="webhook_due_of_endpoint",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(
                condition=models.Q(("state__in", ["ready", "leased"])), fields=["due_at"], name="webhook_due"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(
                condition=models.Q(("state__in", ["ready", "leased"]), ("intent_id__isnull", False)),
                fields=["subscription", "intent_id", "created_at", "id"],
                name="webhook_in_order",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(fields=["workspace", "-id"], name="webhook_newest"),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(fields=["subscription", "-id"], name="webhook_newest_of_endpoint"),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(
                condition=models.Q(("state__in", ["failed", "skipped"])),
                fields=["workspace", "-id"],
                name="webhook_not_arrived",
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(
                condition=models.Q(("intent_id__isnull", False)), fields=["intent_id"], name="webhook_of_intent"
            ),
        ),
        migrations.AddIndex(
            model_name="webhookmessage",
            index=models.Index(fields=["event_id"], name="webhook_of_event"),
        ),
        migrations.AddConstraint(
            model_name="webhookmessage",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replay_of__isnull", True)), fields=("subscription", "event_id"), name="webhook_once"
            ),
        ),
    ]
