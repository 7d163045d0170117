"""The feed: the order of all events, and the events that are no intent's."""

from typing import Any

from django.db import migrations, models

import intents.kernel.models


def _id() -> models.UUIDField:
    return models.UUIDField(default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False)


def _workspace(on_delete: Any) -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        on_delete=on_delete,
        related_name="+",
        to="intents.workspace",
    )


class Migration(migrations.Migration):
    dependencies = [("intents", "0042_tools")]

    operations = [
        migrations.CreateModel(
            name="FeedEntry",
            fields=[
                ("seq", models.BigIntegerField(primary_key=True, serialize=False)),
                ("workspace", _workspace(models.PROTECT)),
                ("event_id", models.UUIDField()),
                ("of_intent", models.BooleanField()),
                ("event_type", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["workspace", "seq"], name="feed_of_workspace")],
                "constraints": [models.UniqueConstraint(fields=("event_id",), name="feed_event_once")],
            },
        ),
        migrations.CreateModel(
            name="FeedState",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("last_seq", models.BigIntegerField()),
                ("pruned_seq", models.BigIntegerField()),
                ("kept_from", models.DateTimeField()),
                ("looked_from", models.UUIDField()),
                ("newest", models.UUIDField()),
                ("wide_looks", models.BigIntegerField()),
                ("wide_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="feed_state_is_one_row")],
            },
        ),
        migrations.CreateModel(
            name="FeedConsumer",
            fields=[
                ("id", _id()),
                ("owner", models.CharField(max_length=241)),
                ("name", models.CharField(max_length=120)),
                ("cursor", models.BigIntegerField()),
                ("leased_to", models.BigIntegerField(null=True)),
                ("leased_until", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
                ("workspace", _workspace(models.CASCADE)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("workspace", "owner", "name"), name="feed_consumer_once")],
            },
        ),
        migrations.CreateModel(
            name="WorkspaceEvent",
            fields=[
                ("id", _id()),
                ("event_type", models.CharField(max_length=64)),
                ("source", models.CharField(max_length=16)),
                ("subject", models.CharField(max_length=383)),
                ("actor", models.CharField(max_length=383)),
                ("at", models.DateTimeField()),
                ("details", models.TextField()),
                ("trace_id", models.CharField(max_length=128)),
                ("request_id", models.CharField(max_length=128)),
                ("workspace", _workspace(models.PROTECT)),
            ],
            options={"abstract": False},
        ),
    ]
