"""What agents tell of themselves, and what happened to them."""

from django.db import models
from django.db.models.functions import Now

from intents.accounts.models import Workspace
from intents.kernel.models import Row

MONEY_DIGITS, MONEY_PLACES = 24, 12


class Heartbeat(Row):
    """The last sign of life of an agent, by its local name. `interval_seconds` is how often it sends one: as it says, when
    `declared`, or as it was seen to. `metrics` are those it sent last, `metadata` what it says of itself: JSON. It has been
    heard of without a gap since `up_since`. `health`, and whether it is `stuck`, are what was told of it last; when that may
    be over is looked at again at `check_at`, null for one that has to be heard of first."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=241)
    interval_seconds = models.FloatField()
    declared = models.BooleanField(default=False)
    count = models.PositiveBigIntegerField(default=1)
    first_at = models.DateTimeField()
    up_since = models.DateTimeField()
    last_at = models.DateTimeField()
    metrics = models.TextField(default="{}")
    metadata = models.TextField(default="{}")
    health = models.CharField(max_length=16, blank=True, default="", db_default="")
    stuck = models.BooleanField(default=False, db_default=False)
    check_at = models.DateTimeField(null=True, db_default=Now())

    class Meta:
        # A heartbeat finds its agent's row, the fleet those of a workspace.
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="heartbeat_of_agent")]
        # Whose health may have changed.
        indexes = [models.Index(fields=["check_at"], name="heartbeat_to_check")]

    def __str__(self) -> str:
        return f"{self.name} at {self.last_at}"


class HeartbeatReceipt(models.Model):
    """A heartbeat with metrics that was counted, by a digest of what it held and of its trace: sent again it counts no
    more."""

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False, db_constraint=False)
    name = models.CharField(max_length=241)
    digest = models.BinaryField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name", "digest"], name="heartbeat_counted_once")]
        # What is past its time.
        indexes = [models.Index(fields=["at"], name="heartbeat_receipt_at")]

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"


class MeshHour(Row):
    """What an agent told of an hour: its intents of a type, done with a model, empty where it named none. `latency_ms` is
    the sum over all of them."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=241)
    hour = models.DateTimeField()
    intent_type = models.CharField(max_length=255, blank=True)
    model = models.CharField(max_length=120, blank=True)
    intents = models.PositiveBigIntegerField(default=0)
    succeeded = models.PositiveBigIntegerField(default=0)
    failed = models.PositiveBigIntegerField(default=0)
    latency_ms = models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=6, default=0)
    cost_usd = models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES, default=0)

    class Meta:
        # Sums of a workspace over some hours; a heartbeat adds to a row.
        constraints = [
            models.UniqueConstraint(fields=["workspace", "hour", "name", "intent_type", "model"], name="mesh_hour_once")
        ]
        indexes = [
            # What one agent told.
            models.Index(fields=["workspace", "name", "hour"], name="mesh_hour_of_agent"),
            # What all told of this hour, and what is past its time.
            models.Index(fields=["hour"], name="mesh_hour_of_all"),
        ]

    def __str__(self) -> str:
        return f"{self.name} at {self.hour}"


class MeshBaseline(Row):
    """What an agent usually tells of an hour, as of before `hour`: of the `hours` in which it told anything in the 14 days
    before, the median, and the median of how far they are from it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=241)
    hour = models.DateTimeField()
    hours = models.PositiveIntegerField()
    cost_median = models.FloatField()
    cost_spread = models.FloatField()
    intents_median = models.FloatField()
    intents_spread = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="mesh_baseline_once")]

    def __str__(self) -> str:
        return f"{self.name} usually"


class MeshEvent(Row):
    """Something that happened to an agent: its health changed, it was stopped or let go on, or it broke a policy. `details`
    is a JSON object, `actor` the label of who did it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=241)
    event_type = models.CharField(max_length=40)
    details = models.TextField(default="{}")
    actor = models.CharField(max_length=255)
    at = models.DateTimeField()

    class Meta:
        # The newest of a workspace: of all agents, of one, or of a type.
        indexes = [
            models.Index(fields=["workspace", "-id"], name="mesh_event_newest"),
            models.Index(fields=["workspace", "name", "-id"], name="mesh_event_of_agent"),
            models.Index(fields=["workspace", "event_type", "-id"], name="mesh_event_of_type"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.name}"


class MeshMeter(Row):
    """How many intents an agent that has limits sent or was sent in the `hour` and the `day` named. Its row is the one lock
    under which one more is admitted."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=241)
    hour = models.DateTimeField()
    hour_count = models.PositiveIntegerField(default=0)
    day = models.DateTimeField()
    day_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="mesh_meter_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.hour_count} this hour"


class MeshReservation(models.Model):
    """What is set aside of an agent's budget for an intent, and what was `told` of its cost since. It counts until the
    intent is over and its agent has been heard of again."""

    intent = models.OneToOneField("intents.Intent", models.CASCADE, primary_key=True, db_constraint=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=241)
    amount = models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES)
    told = models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES, default=0, db_default=0)
    budget = models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES)
    taken = models.DecimalField(max_digits=MONEY_DIGITS, decimal_places=MONEY_PLACES)
    at = models.DateTimeField()

    class Meta:
        # Those of an agent are summed under its meter's lock.
        indexes = [models.Index(fields=["workspace", "name"], name="mesh_reservation_of_agent")]

    def __str__(self) -> str:
        return f"{self.amount} of {self.name}"


class MeshBreach(Row):
    """A limit of a policy that an agent has reached, once in its `period`, and what was done about it. `task_intent_id` is
    the intent that asks an owner to lift that; `lifted_at` when it was decided."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=241)
    limit = models.CharField(max_length=32)
    period = models.CharField(max_length=32)
    action = models.CharField(max_length=8)
    details = models.TextField(default="{}")
    at = models.DateTimeField()
    task_intent_id = models.UUIDField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name", "limit", "period"], name="mesh_breach_once"),
        ]
        indexes = [
            # The newest of a workspace, and those that somebody is asked about.
            models.Index(fields=["workspace", "-id"], name="mesh_breach_newest"),
            models.Index(fields=["task_intent_id"], condition=models.Q(lifted_at=None), name="mesh_breach_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.name} broke {self.limit}"
