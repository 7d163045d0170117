"""Tasks that people decide, and to whom they are put."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from inbox.lifecycle import LIVE, State
from intents.models import Intent, Row, User, Wait, Workspace

STILL_LIVE = Q(state__in=sorted(state.value for state in LIVE))


class Task(Row):
    """A question put to people, on which an intent waits.

    `spec` is the canonical JSON of the human task with its defaults, and so the policy as it was when the task was opened;
    `task_type` is its kind as given. `digest` is the SHA-256 of what a decider is shown in `revision`. `excluded` are the
    users whom separation of duties keeps from deciding. `outcome`, `decided_by` and `decided_at` repeat the winning
    decision, so that lists show it without looking it up.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    intent = models.ForeignKey(Intent, models.CASCADE, related_name="tasks", db_constraint=False, db_index=False)
    wait = models.OneToOneField(Wait, models.CASCADE, related_name="task")
    task_type = models.CharField(max_length=32)
    title = models.CharField(max_length=255)
    risk = models.CharField(max_length=8)
    spec = models.TextField()
    excluded = ArrayField(models.UUIDField(), default=list)
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in State], default=State.OPEN)
    revision = models.PositiveIntegerField(default=1)
    digest = models.BinaryField(max_length=32)
    assigned_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=64, null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # GET /v1/tasks: what is undecided, newest first, however much was decided before.
            models.Index(fields=["workspace", "-id"], condition=STILL_LIVE, name="task_live"),
            # GET /v1/tasks?state=: the history by how it ended.
            models.Index(fields=["workspace", "state", "-id"], name="task_by_state"),
            # The tasks of an intent, the newest last.
            models.Index(fields=["intent", "id"], name="task_of_intent"),
        ]
        constraints = [
            # Lets other tables hold a foreign key that cannot cross workspaces.
            models.UniqueConstraint(fields=["workspace", "id"], name="task_in_workspace"),
            # The task of an intent that can be decided; and no intent asks two things at once.
            models.UniqueConstraint(fields=["intent"], condition=STILL_LIVE, name="task_live_once"),
            models.CheckConstraint(condition=Q(state__in=[state.value for state in State]), name="task_state_known"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[State.DECIDED, State.HELD],
                    outcome__isnull=False,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                | (
                    ~Q(state__in=[State.DECIDED, State.HELD])
                    & Q(outcome__isnull=True, decided_by__isnull=True, decided_at__isnull=True)
                ),
                name="task_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.state})"


class Assignment(Row):
    """To whom a task is put. `principal` is `user:<id>`, `email:<address>` of somebody who is no member yet, `role:<role>`,
    `group:<id>`, or `name:<text>` when nobody knows who is meant. `live` follows the task's state."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="assignments", db_constraint=False, db_index=False)
    principal = models.CharField(max_length=390)
    live = models.BooleanField(default=True)

    class Meta:
        indexes = [
            # GET /v1/me/tasks: what a person may decide now, newest first. Holds live tasks only.
            models.Index(fields=["workspace", "principal", "-task"], condition=Q(live=True), name="assignment_live"),
        ]
        constraints = [
            # The assignments of a task, each once.
            models.UniqueConstraint(fields=["task", "principal"], name="assignment_once"),
        ]

    def __str__(self) -> str:
        return self.principal
