"""Who is on call in a workspace, and when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from inbox.vocabulary.models import Edited
from intents.accounts.models import User, Workspace
from intents.kernel.models import Row


class Schedule(Edited):
    """A rotation by its name, unique in its workspace whatever its case: turns of `shift_days` days in the order of
    `people`, the ids of users, handed over at the time of day `hand_over` like 09:00, the first on `starts_on`. Who left
    stays in it, so that nobody else's turns move. `hours`, as those of a calendar, are when somebody is on call at all, null
    for always."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=64)
    starts_on = models.DateField()
    hand_over = models.CharField(max_length=5)
    shift_days = models.PositiveSmallIntegerField()
    people = ArrayField(models.UUIDField())
    hours = models.TextField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # A schedule by its name; and no two that people would take for one another.
            models.UniqueConstraint("workspace", Lower("name"), name="schedule_name_once"),
            # Lets other tables hold a foreign key that cannot cross workspaces.
            models.UniqueConstraint(fields=["workspace", "id"], name="schedule_in_workspace"),
            models.CheckConstraint(condition=Q(people__len__gt=0, shift_days__gt=0), name="schedule_of_somebody"),
        ]

    def __str__(self) -> str:
        return self.name


class Override(Row):
    """Somebody who is on call in a schedule from `start` until `end`, whoever's turn it is."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, db_index=False)
    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="overrides", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    start = models.DateTimeField()
    end = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            # The overrides of a schedule that are not over.
            models.Index(fields=["schedule", "end"], name="override_of_schedule"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="override_takes_time"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} from {self.start} until {self.end}"
