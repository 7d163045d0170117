"""Who sees how people decide."""

from django.db import models

from intents.accounts.models import Workspace
from intents.kernel.models import Row


class DecisionVisibility(Row):
    """Whether owners and admins of a workspace see how each person decides; without a row only how all do together."""

    workspace = models.OneToOneField(Workspace, models.CASCADE, related_name="+")
    per_person = models.BooleanField(default=False)

    def __str__(self) -> str:
        return "each person" if self.per_person else "all together"
