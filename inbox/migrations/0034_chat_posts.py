"""Messages in chats that ask about tasks, to be written anew there when those are over."""

import django.db.models.deletion
from django.db import migrations, models

import intents.kernel.models

STATES = [("ready", "Ready"), ("leased", "Leased"), ("sent", "Sent"), ("failed", "Failed"), ("skipped", "Skipped")]
ID = models.UUIDField(default=intents.kernel.models.new_id, editable=False, primary_key=True, serialize=False)
DUE = models.Index(fields=["due_at"], condition=models.Q(("state__in", ["ready", "leased"])), name="chat_post_due")
OF_TASK = models.Index(fields=["task"], name="chat_post_of_task")
ONCE = models.UniqueConstraint(fields=("message", "task"), name="chat_post_once")
ENDED = models.CheckConstraint(
    condition=models.Q(
        models.Q(("ended_at", None), ("state__in", ["ready", "leased"])),
        models.Q(("ended_at__isnull", False), ("state__in", ["sent", "failed", "skipped"])),
        _connector="OR",
    ),
    name="chat_post_scheduled_or_over",
)
KEYS = (
    ("same_workspace", "workspace_id, task_id", "inbox_task (workspace_id, id)"),
    ("of_message", "message_id", "inbox_message (id)"),
)
ADD = [
    f"ALTER TABLE inbox_chatpost ADD CONSTRAINT inbox_chatpost_{name} FOREIGN KEY ({columns}) REFERENCES {to} "
    "ON DELETE CASCADE"
    for name, columns, to in KEYS
]
DROP = [f"ALTER TABLE inbox_chatpost DROP CONSTRAINT inbox_chatpost_{name}" for name, *_ in KEYS]


def _of(model: str, **more: str) -> models.ForeignKey:
    cascade = django.db.models.deletion.CASCADE
    return models.ForeignKey(db_constraint=False, db_index=False, on_delete=cascade, to=model, **more)


class Migration(migrations.Migration):
    dependencies = [("inbox", "0033_teams_members")]

    operations = [
        migrations.CreateModel(
            name="ChatPost",
            fields=[
                ("id", ID),
                ("state", models.CharField(choices=STATES, default="ready", max_length=8)),
                ("due_at", models.DateTimeField()),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("answer", models.TextField(null=True)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("channel", models.CharField(max_length=16)),
                ("place", models.TextField()),
                ("reference", models.TextField()),
                ("message", _of("inbox.message", related_name="+")),
                ("task", _of("inbox.task", related_name="+")),
                ("workspace", _of("intents.workspace")),
            ],
            options={"indexes": [DUE, OF_TASK], "constraints": [ONCE, ENDED]},
        ),
        migrations.RunSQL(ADD, DROP),
    ]
