"""Where members of chats are written to, and what they are answered."""

from django.db import migrations, models

import intents.kernel.models

STATES = [("ready", "Ready"), ("leased", "Leased"), ("sent", "Sent"), ("failed", "Failed"), ("skipped", "Skipped")]
ID = models.UUIDField(default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False)
DUE = models.Index(fields=["due_at"], condition=models.Q(("state__in", ["ready", "leased"])), name="chat_reply_due")
WIPED = models.CheckConstraint(
    condition=models.Q(
        models.Q(("ended_at", None), ("sealed__isnull", False)),
        models.Q(("ended_at__isnull", False), ("sealed", None)),
        _connector="OR",
    ),
    name="chat_reply_wiped_when_over",
)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0031_decided_counts")]

    operations = [
        migrations.CreateModel(
            name="ChatConversation",
            fields=[
                ("id", ID),
                ("service", models.CharField(max_length=120, unique=True)),
                ("service_url", models.TextField()),
                ("conversation", models.TextField()),
                ("recipient", models.TextField()),
                ("seen_at", models.DateTimeField()),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="ChatReply",
            fields=[
                ("id", ID),
                ("state", models.CharField(choices=STATES, default="ready", max_length=8)),
                ("due_at", models.DateTimeField()),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("answer", models.TextField(null=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("service_url", models.TextField()),
                ("conversation", models.TextField()),
                ("sealed", models.BinaryField(null=True)),
            ],
            options={"indexes": [DUE], "constraints": [WIPED]},
        ),
    ]
