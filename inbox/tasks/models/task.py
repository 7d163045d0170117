"""Tasks that people decide, and to whom they are assigned."""

from datetime import UTC, datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Func, Q, Value, When
from django.db.models.functions import Coalesce, Collate

from inbox.vocabulary.kinds import PATIENCE, RISKS
from inbox.vocabulary.lifecycle import DECIDABLE, LIVE, State
from intents.accounts.models import User, Workspace
from intents.engine.models import Intent, Wait
from intents.kernel.models import Row

STILL_LIVE = Q(state__in=sorted(state.value for state in LIVE))
UNDECIDED = Q(state__in=sorted(state.value for state in DECIDABLE))
KEPT_FROM_SOME = Q(state=State.CLAIMED) | ~Q(excluded=[])

NEVER = datetime(9999, 12, 31, tzinfo=UTC)
"""When a task without a time is due, so that it comes last."""


def sort_at(table: str = "") -> str:
    """SQL of when a task is overdue: when it is due, or when the PATIENCE with its risk ends if that is sooner. An index may
    only add to a time without a zone."""
    hours = {risk: int(patience.total_seconds() // 3600) for risk, patience in PATIENCE.items()}
    cases = " ".join(f"WHEN '{risk}' THEN interval '{hours[risk]} hours'" for risk in RISKS[:-1])
    later = f"CASE {table}risk {cases} ELSE interval '{hours[RISKS[-1]]} hours' END"
    return f"LEAST({table}due_at, ({table}assigned_at AT TIME ZONE 'UTC' + {later}) AT TIME ZONE 'UTC')"


class Task(Row):
    """A human task: a question to people, on which an intent waits.

    `spec` is the human task as JSON with its defaults, and so the policy as it was when the task was opened; its form has
    the keys in the order they were sent in. `task_type` is its kind as given. `headline` says in one line what would happen,
    `title` what its agent calls it. `due_at` is until when it can be decided: the end of its wait, or the intent's deadline
    if that is sooner. `digest` is the SHA-256 of what a decider is shown in `revision`; `approved` are the values, canonical
    JSON by their names, that a decider put in the place of the payload's, which made it another revision. `excluded` are the
    users whom separation of duties keeps from deciding. `due_order` is what lists go by. `amount` and `currency` are what it
    is about in money, where that is one clear amount, `likeness` what it has in common
    with others of its type about the same counterpart. `outcome`, `decided_by` and `decided_at` repeat the winning decision,
    so that lists show it without looking it up; `held_until` is when a held one takes effect. `over_at` is when it was
    decided, or ended without. `plan` is what happens while nobody decides, as `plans.loads` reads it; `reminded` and `level`
    are how many of its reminders and levels are past. `pause` is how its clock stands still while the agent is asked, as
    `pause.loads` reads it. `ballot` is what is voted on now where several people decide, as
    `votes.loads` reads it, and `voted` are the users who have.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    intent = models.ForeignKey(Intent, models.CASCADE, related_name="tasks", db_constraint=False, db_index=False)
    wait = models.OneToOneField(Wait, models.CASCADE, related_name="task")
    task_type = models.CharField(max_length=32)
    title = models.CharField(max_length=255)
    headline = models.CharField(max_length=300, default="")
    risk = models.CharField(max_length=8)
    spec = models.TextField()
    excluded = ArrayField(models.UUIDField(), default=list)
    state = models.CharField(max_length=12, choices=[(state.value, state.value) for state in State], default=State.OPEN)
    revision = models.PositiveIntegerField(default=1)
    digest = models.BinaryField(max_length=32)
    approved = models.TextField(null=True)
    assigned_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=64, null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    claimed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    plan = models.TextField(null=True)
    reminded = models.PositiveSmallIntegerField(default=0, db_default=0)
    level = models.PositiveSmallIntegerField(default=0, db_default=0)
    pause = models.TextField(null=True)
    ballot = models.TextField(null=True)
    voted = ArrayField(models.UUIDField(), default=list, db_default=[])
    amount = models.DecimalField(max_digits=40, decimal_places=12, null=True)
    currency = models.CharField(max_length=8, default="", db_default="")
    likeness = models.BinaryField(max_length=16, null=True)
    due_order = models.GeneratedField(
        expression=Coalesce("due_at", Value(NEVER)), output_field=models.DateTimeField(), db_persist=True
    )
    risk_order = models.GeneratedField(
        expression=Case(
            *(When(risk=risk, then=Value(place)) for place, risk in enumerate(RISKS)), default=Value(len(RISKS))
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    over_at = models.GeneratedField(
        expression=Coalesce("decided_at", "ended_at"), output_field=models.DateTimeField(), db_persist=True, null=True
    )

    class Meta:
        indexes = [
            # GET /v1/tasks: what is undecided, newest first, however much was decided before. Operations count it from the
            # index alone.
            models.Index(
                fields=["workspace", "-id"], include=["wait", "risk"], condition=STILL_LIVE, name="task_still_live"
            ),
            # GET /v1/tasks?state=: the history by how it ended.
            models.Index(fields=["workspace", "state", "-id"], name="task_by_state"),
            # All that is undecided in a workspace, as lists of people have it.
            models.Index(fields=["workspace", "risk_order", "due_order", "id"], condition=UNDECIDED, name="task_by_risk"),
            # What is undecided by its amount, the largest first, as lists have it. Holds what has one.
            models.Index(
                F("workspace"),
                Collate("currency", "C"),
                Func(template="(-amount)", output_field=models.DecimalField()),
                F("id"),
                condition=UNDECIDED & Q(amount__isnull=False),
                name="task_by_amount",
            ),
            # What is overdue; with what the expression is made of, without which that is not counted from the index alone.
            models.Index(
                F("workspace"),
                Func(template=sort_at(), output_field=models.DateTimeField()),
                F("risk_order"),
                F("id"),
                include=["intent", "due_at", "assigned_at", "risk"],
                condition=UNDECIDED,
                name="task_in_order",
            ),
            # What was decided about the same type and counterpart, the newest first.
            models.Index(
                fields=["workspace", "likeness", "-decided_at"],
                condition=Q(decided_at__isnull=False, likeness__isnull=False),
                name="task_alike",
            ),
            # What a person has claimed.
            models.Index(fields=["claimed_by"], condition=Q(claimed_by__isnull=False), name="task_claimed"),
            # What was decided or is over, the latest first. Operations count it from the index alone.
            models.Index(
                fields=["workspace", "-over_at", "-id"],
                include=["intent", "state"],
                condition=Q(over_at__isnull=False),
                name="task_over_by",
            ),
            # What not everybody whom it is assigned to may decide: these are looked at one by one.
            models.Index(fields=["workspace", "id"], condition=UNDECIDED & KEPT_FROM_SOME, name="task_kept_from_some"),
            # What several people decide, to see each minute whether they are still enough.
            models.Index(fields=["id"], condition=Q(ballot__isnull=False) & UNDECIDED, name="task_voted_on"),
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
            models.CheckConstraint(
                condition=Q(state=State.CLAIMED, claimed_by__isnull=False)
                | (~Q(state=State.CLAIMED) & Q(claimed_by__isnull=True)),
                name="task_claimed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state=State.HELD, held_until__isnull=False)
                | (~Q(state=State.HELD) & Q(held_until__isnull=True)),
                name="task_held_for_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.state})"

    @property
    def place(self) -> datetime:
        """What lists go by, as `due_order` has it once the task is stored."""
        return self.due_at or NEVER


class Assignment(Row):
    """To whom a task is assigned. `principal` is `user:<id>`, `email:<address>` of somebody who is no member yet,
    `role:<role>`, `group:<id>`, or `name:<text>` when nobody knows who is meant.

    `authority` is direct, escalation, or delegate, by whom (`by`) and, when for a time, `until` when. `live` means that
    anybody it is assigned to may decide it: it is open, and nobody has claimed it. `due_order` is what lists of tasks go by,
    `risk_order` its own.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="assignments", db_constraint=False, db_index=False)
    principal = models.CharField(max_length=390)
    authority = models.CharField(max_length=16, default="direct")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    until = models.DateTimeField(null=True)
    live = models.BooleanField(default=True)
    due_order = models.DateTimeField()
    risk_order = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [
            # What a person may decide now, as lists have it. Holds live tasks only.
            models.Index(
                fields=["workspace", "principal", "risk_order", "due_order", "task"],
                include=["until"],
                condition=Q(live=True),
                name="assignment_by_risk",
            ),
        ]
        constraints = [
            # The assignments of a task, each once.
            models.UniqueConstraint(fields=["task", "principal"], name="assignment_once"),
            models.CheckConstraint(
                condition=Q(authority="delegate", by__isnull=False) | (~Q(authority="delegate") & Q(until__isnull=True)),
                name="assignment_delegated_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.principal


class Snooze(Row):
    """A task that a person does not want to see until a time, or until something happens: until its intent has got more
    events than the `seq` it had."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="snoozes", db_constraint=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    until = models.DateTimeField()
    seq = models.PositiveIntegerField()

    class Meta:
        constraints = [
            # Whether a person snoozed a task, and all that they have.
            models.UniqueConstraint(fields=["user", "task"], name="snooze_once"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} until {self.until}"


class ReadReceipt(Row):
    """A task whose page a person has looked at. Bookkeeping: written by looking, and nothing hangs on it but marks in their
    list, and what their page says of changes.

    `seq`, `revision` and `due_at` are the intent's last event, the task's revision and its time as they were seen last, `at`
    when. `since_...` are the same of the look before the one that goes on. Rows of the version before have neither.
    """

    workspace = models.ForeignKey(Workspace, models.PROTECT, db_constraint=False, db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, related_name="+", db_constraint=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    seq = models.PositiveIntegerField(null=True)
    revision = models.PositiveIntegerField(null=True)
    due_at = models.DateTimeField(null=True)
    at = models.DateTimeField(null=True)
    since_seq = models.PositiveIntegerField(null=True)
    since_revision = models.PositiveIntegerField(null=True)
    since_due_at = models.DateTimeField(null=True)
    since_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "inbox_opened"  # As is: the version before writes it while this one starts.
        constraints = [
            # Which of the tasks of a list a person has looked at.
            models.UniqueConstraint(fields=["user", "task"], name="opened_once"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} by {self.user_id}"
