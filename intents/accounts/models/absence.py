"""Members who are out of office."""

from django.db import models
from django.db.models import F, Q

from intents.accounts.models.people import Member
from intents.accounts.models.tenancy import Workspace
from intents.kernel.models import Row


class Absence(Row):
    """When a member is out of office, from `start` on and before `until`, and the member who stands in for them then, null
    for nobody. A member has one at most: the one that is running, or the next. `begun` once what begins with it was done."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="+", db_index=False)
    member = models.OneToOneField(Member, models.CASCADE, related_name="absence")
    stand_in = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    start = models.DateTimeField()
    until = models.DateTimeField()
    message = models.CharField(max_length=500, blank=True)
    begun = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            # Those of a workspace, and those that a workspace shows beside names.
            models.Index(fields=["workspace", "until"], name="absence_of_workspace"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=F("start")), name="absence_takes_time"),
            models.CheckConstraint(condition=~Q(stand_in=F("member")), name="absence_of_another"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} from {self.start} until {self.until}"
